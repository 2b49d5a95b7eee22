//! What a rehearsal with the gateway proves for refunds.

use std::fs;

use paywelcome::{Argument, Client};
use paywelcome_rehearsal::Rehearsal;

const WANTED: &str = "the path of a file that paywelcome rehearse has written, or what is in it";

/// The payments for which it is proven that `confirmPrice` is enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// How they were paid (결제수단), such as `card`.
    pub pay_type: String,
    /// `WON` or `USD`.
    pub currency: String,
}

/// Reads the rehearsal in the file of a path, or of a text that holds it.
pub(crate) fn read(argument: &Argument, is_path: bool) -> Result<Option<Rehearsal>, String> {
    if argument.is_absent() {
        return Ok(None);
    }
    let given = argument.text(WANTED)?;
    let text = if is_path {
        fs::read_to_string(given).map_err(|error| format!("the file can't be read: {error}"))?
    } else {
        given.to_owned()
    };
    Rehearsal::read(&text).map(Some).map_err(|error| error.to_string())
}

/// For which payments of a client's merchant it is proven that `confirmPrice` is enforced, or why for none.
pub(crate) fn proven(rehearsal: &Rehearsal, client: &Client) -> Result<Rehearsed, String> {
    match (rehearsal.proves_confirm_price(client.mid(), client.base_url()), &rehearsal.payment) {
        ((true, _), Some(payment)) => {
            Ok(Rehearsed { pay_type: payment.pay_type.clone(), currency: payment.currency.clone() })
        }
        ((true, _), None) => Err("the rehearsal does not say how its payment was paid".to_owned()),
        ((false, why), _) => Err(why),
    }
}
