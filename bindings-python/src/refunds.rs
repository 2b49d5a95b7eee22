//! Refunds that outlive calls, as the Python classes hold them.

use std::sync::{Mutex, PoisonError};

use paywelcome_refunds::{Arguments, Ask, Given, Ledger, Refused, Sending, Statement, Work, schema};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use crate::client::Core;
use crate::convert::{amount, argument};
use crate::refunds_command::RefundsSession;

/// One merchant's refunds in one store.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Refunds {
    ledger: Ledger,
}

#[pymethods]
impl Refunds {
    #[new]
    fn new(core: &Core, dialect: &str, settings: &Bound<'_, PyDict>) -> PyResult<Self> {
        let settings = arguments(settings)?;
        let ledger = Ledger::new(&core.client, dialect, false, &settings)
            .map_err(|refused| raise(settings_of(core), refused))?;
        Ok(Self { ledger })
    }

    /// Starts what `verb` names; `seed` is 16 hex digits at random.
    fn start(&self, verb: &str, seed: &str, arguments: &Bound<'_, PyDict>) -> PyResult<Running> {
        let arguments = self::arguments(arguments)?;
        let work =
            self.ledger.start(verb, arguments, number(seed)?).map_err(|refused| raise(&self.ledger.mid, refused))?;
        Ok(Running::new(self, work))
    }

    /// Starts to write many refunds down.
    fn start_many(&self, seed: &str, rows: Vec<Bound<'_, PyDict>>) -> PyResult<Running> {
        let rows = rows.iter().map(self::arguments).collect::<PyResult<Vec<_>>>()?;
        Ok(Running::new(self, self.ledger.start_many(rows, number(seed)?)))
    }

    /// Starts to record what a command line has read.
    fn start_lines(&self, seed: &str, session: &RefundsSession) -> PyResult<Running> {
        let source = session.source().ok_or_else(|| PyValueError::new_err("the session has no lines"))?;
        Ok(Running::new(self, self.ledger.start_source(source, number(seed)?)))
    }

    /// Seconds for which a worker has a refund to itself.
    #[getter]
    fn lease(&self) -> f64 {
        std::time::Duration::from_millis(self.ledger.policy.lease).as_secs_f64()
    }

    /// Whether a refund without an answer is sent again by itself.
    #[getter]
    fn confirm_price_enforced(&self) -> bool {
        self.ledger.policy.confirm_price_enforced
    }

    /// What is worth a warning when they were opened.
    #[getter]
    fn warning(&self) -> Option<&str> {
        self.ledger.warning.as_deref()
    }

    /// The tables as SQL.
    #[staticmethod]
    fn schema(dialect: &str) -> PyResult<&'static str> {
        let dialect = paywelcome_refunds::Dialect::parse(dialect);
        dialect
            .map(schema::sql)
            .ok_or_else(|| PyValueError::new_err("dialect: must be \"sqlite\", \"postgres\" or \"mysql\""))
    }
}

fn settings_of(core: &Core) -> &str {
    core.client.mid()
}

/// Something that was started: it says what it needs next.
#[pyclass(frozen, module = "paywelcome._native")]
pub(crate) struct Running {
    mid: String,
    work: Mutex<Work>,
}

impl Running {
    fn new(of: &Refunds, work: Work) -> Self {
        Self { mid: of.ledger.mid.clone(), work: Mutex::new(work) }
    }
}

#[pymethods]
impl Running {
    /// The token of its claim, where it makes one.
    #[getter]
    fn token(&self) -> Option<String> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner).token().map(|token| token.to_string())
    }

    /// Gives what was asked for (nothing, rows, or what came of a send as JSON), and gets what is needed next: its name,
    /// and what belongs to it.
    fn next<'py>(&self, py: Python<'py>, given: Bound<'py, PyAny>) -> PyResult<(&'static str, Bound<'py, PyAny>)> {
        let given = if given.is_none() {
            Given::Nothing
        } else if given.is_instance_of::<PyString>() {
            Given::Answer(given.extract()?)
        } else {
            Given::Rows(rows(&given)?)
        };
        let ask = self.work.lock().unwrap_or_else(PoisonError::into_inner).next(given);
        Ok(match ask {
            Ask::Query(statements) => ("query", query(py, statements)?),
            Ask::Send(sending) => ("send", send(py, sending)?.into_any()),
            Ask::Pause(milliseconds) => {
                let seconds = std::time::Duration::from_millis(milliseconds).as_secs_f64();
                ("pause", seconds.into_pyobject(py)?.into_any())
            }
            Ask::Done(result) => ("done", result.into_pyobject(py)?.into_any()),
            Ask::Refused(refused) => return Err(raise(&self.mid, refused)),
        })
    }
}

fn number(seed: &str) -> PyResult<u64> {
    u64::from_str_radix(seed, 16).map_err(|_| PyValueError::new_err("a seed has 16 hex digits"))
}

/// Reads rows, whatever sequences they are.
fn rows(given: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<Option<String>>>> {
    given.try_iter()?.map(|row| row?.try_iter()?.map(|value| value?.extract()).collect()).collect()
}

fn arguments(given: &Bound<'_, PyDict>) -> PyResult<Arguments> {
    let currency = given.get_item("currency")?.unwrap_or_else(|| given.py().None().into_bound(given.py()));
    let mut read = Arguments::with_capacity(given.len());
    for (name, value) in given {
        let name: String = name.extract()?;
        let is_amount = Ledger::AMOUNTS.contains(&name.as_str());
        let value = if is_amount { amount(&value, &currency)? } else { argument(&value)? };
        read.insert(name, value);
    }
    Ok(read)
}

fn query(py: Python<'_>, statements: Vec<Statement>) -> PyResult<Bound<'_, PyAny>> {
    let statements = statements.into_iter().map(|Statement { pieces, values }| (pieces, values));
    Ok(PyList::new(py, statements)?.into_any())
}

fn send(py: Python<'_>, sending: Sending) -> PyResult<Bound<'_, PyTuple>> {
    let Sending { token, operation, pay_type, tid, amount, confirm_price, currency, tax, taxfree, reference } = sending;
    let arguments = PyDict::new(py);
    arguments.set_item("pay_type", pay_type)?;
    arguments.set_item("tid", tid)?;
    arguments.set_item("currency", currency)?;
    arguments.set_item("reference", reference)?;
    if operation == "cancel" {
        arguments.set_item("price", amount)?;
    } else {
        arguments.set_item("cancel_price", amount)?;
        arguments.set_item("confirm_price", confirm_price)?;
        arguments.set_item("tax", tax)?;
        arguments.set_item("taxfree", taxfree)?;
    }
    (operation, arguments, token.to_string()).into_pyobject(py)
}

/// Raises what the package makes of a refusal.
fn raise(mid: &str, refused: Refused) -> PyErr {
    Python::attach(|py| {
        let Refused { kind, message, fields, until } = refused;
        let made = py
            .import("paywelcome.refunds.errors")
            .and_then(|module| module.getattr("_refused"))
            .and_then(|make| make.call1((kind.as_str(), message, fields, until, mid)));
        made.map_or_else(|failed| failed, PyErr::from_value)
    })
}
