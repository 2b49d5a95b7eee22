//! What was read of the environment: proxies, and the settings that code did not give.

use crate::argument::Argument;
use crate::error::{Field, FieldError};

/// The variables of proxies for https, each before those that it takes precedence over.
pub(crate) const PROXIES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
/// The variables that name hosts which are reached without a proxy, in the same order.
pub(crate) const NO_PROXY: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// What [`ClientOptions::fill_from`](crate::ClientOptions::fill_from) read of the environment.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    /// Each setting that was taken from a variable, and that variable.
    taken: Vec<(Field, &'static str)>,
    /// Each variable of proxies, once they were read.
    proxies: Option<Vec<(&'static str, Argument)>>,
}

impl Variables {
    /// Returns whether a setting was taken from the variable `name`.
    pub fn gave(&self, name: &str) -> bool {
        self.taken.iter().any(|(_, variable)| *variable == name)
    }

    /// Keeps that `field` has the value of the variable `name`, unless that is absent.
    pub(crate) fn take(&mut self, field: Field, name: &'static str, value: Argument) -> Argument {
        if !value.is_absent() {
            self.taken.push((field, name));
        }
        value
    }

    pub(crate) fn keep_proxies<V: Into<Argument>>(&mut self, mut read: impl FnMut(&'static str) -> V) {
        let names = PROXIES.into_iter().chain(NO_PROXY);
        self.proxies = Some(names.map(|name| (name, read(name).into())).collect());
    }

    /// The variables of proxies; nothing where they were not read.
    pub(crate) fn proxies(&self) -> Option<&[(&'static str, Argument)]> {
        self.proxies.as_deref()
    }

    /// The variable that `field` was taken from.
    pub(crate) fn of(&self, field: Field) -> Option<&'static str> {
        self.taken.iter().find(|(taken, _)| *taken == field).map(|(_, variable)| *variable)
    }

    /// Says which variable a wrong value came from.
    pub(crate) fn name(&self, mut errors: Vec<FieldError>) -> Vec<FieldError> {
        for error in &mut errors {
            if let Some(variable) = self.of(error.field) {
                error.message.insert(0, ' ');
                error.message.insert_str(0, variable);
            }
        }
        errors
    }
}
