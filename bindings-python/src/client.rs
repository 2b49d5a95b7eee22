//! The core's client, as the Python classes hold it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use paywelcome::{CancelRequest, Client, ClientOptions, PartialCancelRequest};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::call::{Call, Started, Whom};
use crate::convert::{amount, argument, exception, list, path, raise};
use crate::ending::Ending;
use crate::giving_up;
use crate::inbox::{Inbox, Wake};
use crate::open;
use crate::slot::End;

/// The core's client; it holds the key and shows it nowhere.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Core {
    pub(crate) client: Client,
    whom: Whom,
}

#[pymethods]
impl Core {
    /// The environment variables that `open` wants to know.
    #[classattr]
    const VARIABLES: [&'static str; ClientOptions::VARIABLES.len()] = ClientOptions::VARIABLES;

    /// Checks all settings, taking what is absent from the environment's `variables`.
    ///
    /// Wrong settings are given back as an exception, so that the caller can forget the key before it raises.
    #[staticmethod]
    fn open<'py>(
        settings: &Bound<'py, PyDict>,
        variables: HashMap<String, Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = settings.py();
        let given = |name: &str| match settings.get_item(name)? {
            None => Ok(paywelcome::Argument::Absent),
            Some(value) if name == "ca_bundle" => path(&value),
            Some(value) => argument(&value),
        };
        let mut options = ClientOptions {
            mid: given("mid")?,
            sign_key: given("sign_key")?.into(),
            mkey: given("mkey")?.into(),
            environment: given("environment")?,
            base_url: given("base_url")?,
            timeout: given("timeout")?,
            connect_timeout: given("connect_timeout")?,
            connect_retries: given("connect_retries")?,
            signature_format: given("signature_format")?,
            timestamp_format: given("timestamp_format")?,
            required_echoes: settings
                .get_item("required_echoes")?
                .map(|value| list(&value))
                .transpose()?
                .unwrap_or_default(),
            proxy: given("proxy")?,
            ca_bundle: given("ca_bundle")?,
            trust_env: given("trust_env")?,
            ..ClientOptions::default()
        };
        let mut read = HashMap::with_capacity(variables.len());
        for (name, value) in variables {
            read.insert(name, argument(&value)?);
        }
        options.fill_from(|name| read.remove(name).unwrap_or_default());
        match Client::new(options) {
            Ok(client) => {
                let whom = Whom { host: client.host().into(), mid: client.mid().into() };
                Ok(Bound::new(py, Self { client, whom })?.into_any())
            }
            Err(error) => exception(py, &error),
        }
    }

    #[getter]
    fn base_url(&self) -> &str {
        self.client.base_url()
    }

    #[getter]
    fn host(&self) -> &str {
        self.client.host()
    }

    #[getter]
    fn mid(&self) -> &str {
        self.client.mid()
    }

    /// What is worth a warning when the client was made.
    #[getter]
    fn warning(&self) -> Option<&str> {
        self.client.warning()
    }

    /// Refuses calls from now on.
    fn close(&self) {
        self.client.close();
    }

    /// Starts a full cancel, whose end is left in `call`, and announced to `inbox` if there is one.
    fn start_cancel(
        &self,
        call: &Bound<'_, Call>,
        inbox: Option<&Bound<'_, Inbox>>,
        arguments: CancelArguments<'_>,
    ) -> PyResult<()> {
        let request = cancel_request(&arguments)?;
        refuse_foreign(call, &self.client, "cancel", &arguments.1)?;
        let destination = Destination::of(call, inbox);
        let client = self.client_for(call);
        let started = client.start_cancel(&request, |result| destination.reach(End::Cancel(result)));
        start(call, started, "cancel", (&arguments.1, &arguments.7), &self.whom)
    }

    /// Starts a partial cancel, whose end is left in `call`, and announced to `inbox` if there is one.
    fn start_partial_cancel(
        &self,
        call: &Bound<'_, Call>,
        inbox: Option<&Bound<'_, Inbox>>,
        arguments: PartialCancelArguments<'_>,
    ) -> PyResult<()> {
        let request = partial_cancel_request(&arguments)?;
        refuse_foreign(call, &self.client, "partial_cancel", &arguments.1)?;
        let destination = Destination::of(call, inbox);
        let client = self.client_for(call);
        let started = client.start_partial_cancel(&request, |result| destination.reach(End::PartialCancel(result)));
        start(call, started, "partial_cancel", (&arguments.1, &arguments.9), &self.whom)
    }

    /// Starts to reach the gateway, which moves no money; its end is left in `call`, and announced to `inbox` if there is one.
    fn start_warm_up(
        &self,
        call: &Bound<'_, Call>,
        inbox: Option<&Bound<'_, Inbox>>,
        arguments: (Any<'_>,),
    ) -> PyResult<()> {
        let destination = Destination::of(call, inbox);
        let started =
            self.client.start_warm_up(&argument(&arguments.0)?, |result| destination.reach(End::WarmUp(result)));
        let started = started.map_err(|error| raise(call.py(), &error))?;
        call.get().start(Started {
            call: started,
            operation: "warm_up",
            tid: String::new(),
            reference: None,
            whom: self.whom.clone(),
        });
        Ok(())
    }

    /// Returns the form that a full cancel would post at an instant in milliseconds since 1970.
    fn cancel_form(&self, py: Python<'_>, at: u64, arguments: CancelArguments<'_>) -> PyResult<String> {
        let form = self.client.cancel_form(&cancel_request(&arguments)?, UNIX_EPOCH + Duration::from_millis(at));
        form.map_err(|error| raise(py, &error))
    }

    /// Returns the form that a partial cancel would post at an instant in milliseconds since 1970.
    fn partial_cancel_form(&self, py: Python<'_>, at: u64, arguments: PartialCancelArguments<'_>) -> PyResult<String> {
        let form = self
            .client
            .partial_cancel_form(&partial_cancel_request(&arguments)?, UNIX_EPOCH + Duration::from_millis(at));
        form.map_err(|error| raise(py, &error))
    }
}

type Any<'py> = Bound<'py, PyAny>;
/// `pay_type`, `tid`, `price`, `currency`, `cancel_type`, `timeout`, `wait` and `reference`.
type CancelArguments<'py> = (Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>);
/// `pay_type`, `tid`, `cancel_price`, `confirm_price`, `currency`, `tax`, `taxfree`, `timeout`, `wait` and `reference`.
type PartialCancelArguments<'py> =
    (Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>, Any<'py>);

impl Core {
    /// The client for a call, whose time limit may count from before.
    fn client_for(&self, call: &Bound<'_, Call>) -> Cow<'_, Client> {
        call.get().began.map_or(Cow::Borrowed(&self.client), |began| Cow::Owned(self.client.since(began)))
    }
}

fn cancel_request(
    (pay_type, tid, price, currency, cancel_type, timeout, wait, reference): &CancelArguments<'_>,
) -> PyResult<CancelRequest> {
    Ok(CancelRequest {
        pay_type: argument(pay_type)?,
        tid: argument(tid)?,
        price: amount(price, currency)?,
        currency: argument(currency)?,
        cancel_type: argument(cancel_type)?,
        timeout: argument(timeout)?,
        wait: argument(wait)?,
        reference: argument(reference)?,
    })
}

fn partial_cancel_request(arguments: &PartialCancelArguments<'_>) -> PyResult<PartialCancelRequest> {
    let (pay_type, tid, cancel_price, confirm_price, currency, tax, taxfree, timeout, wait, reference) = arguments;
    Ok(PartialCancelRequest {
        pay_type: argument(pay_type)?,
        tid: argument(tid)?,
        cancel_price: amount(cancel_price, currency)?,
        confirm_price: amount(confirm_price, currency)?,
        currency: argument(currency)?,
        tax: amount(tax, currency)?,
        taxfree: amount(taxfree, currency)?,
        timeout: argument(timeout)?,
        wait: argument(wait)?,
        reference: argument(reference)?,
    })
}

/// Where the core's thread leaves the end of a call.
struct Destination {
    ending: Arc<Ending>,
    wake: Option<(Wake, u64)>,
}

impl Destination {
    fn of(call: &Bound<'_, Call>, inbox: Option<&Bound<'_, Inbox>>) -> Self {
        let call = call.get();
        Self { ending: Arc::clone(&call.ending), wake: inbox.map(|inbox| (inbox.get().waker(), call.id())) }
    }

    fn reach(self, end: End) {
        self.ending.slot.fill(end, self.wake);
    }
}

/// Refuses a call that was made before this process was forked: its parent starts it.
fn refuse_foreign(
    call: &Bound<'_, Call>,
    client: &Client,
    operation: &'static str,
    tid: &Bound<'_, PyAny>,
) -> PyResult<()> {
    if !call.get().ending.is_foreign() {
        return Ok(());
    }
    let tid = text_of(tid).unwrap_or_default();
    Err(raise(call.py(), &client.named(paywelcome::Error::lost_by_fork(operation, &tid))))
}

fn start(
    call: &Bound<'_, Call>,
    started: Result<paywelcome::Call, paywelcome::Error>,
    operation: &'static str,
    (tid, reference): (&Bound<'_, PyAny>, &Bound<'_, PyAny>),
    whom: &Whom,
) -> PyResult<()> {
    let started = match started {
        Ok(started) => started,
        Err(error) => {
            let refused = exception(call.py(), &error)?;
            call.get().fill_sink(&refused)?;
            return Err(PyErr::from_value(refused));
        }
    };
    call.get().start(Started {
        call: started,
        operation,
        tid: text_of(tid).unwrap_or_default(),
        reference: text_of(reference),
        whom: whom.clone(),
    });
    open::enter(call.py(), call.get().id(), Call::as_open(call));
    giving_up::catch_up(call.py());
    Ok(())
}

/// A text of a call that was started, where it was given: it was checked.
fn text_of(text: &Bound<'_, PyAny>) -> Option<String> {
    text.cast::<PyString>().ok().and_then(|text| text.to_str().ok()).map(str::to_owned)
}
