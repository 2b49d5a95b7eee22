//! Python's values to the core's arguments, and the core's receipts and errors to Python's objects.

use paywelcome::{Argument, CancelReceipt, Error, Field, List, Mismatch, PartialCancelReceipt, Raw};
use pyo3::exceptions::{PyException, PyUnicodeEncodeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};

/// A Decimal with more digits before its point than this is not an amount, and expensive to write out.
const LONGEST_DECIMAL: i64 = 30;
/// More of a type's name than this tells nobody anything.
const LONGEST_NAME: usize = 100;

/// Converts an argument that is a text, a whole number, a duration or a yes or no.
pub(crate) fn argument(value: &Bound<'_, PyAny>) -> PyResult<Argument> {
    if value.is_none() {
        return Ok(Argument::Absent);
    }
    if let Ok(text) = value.cast::<PyString>() {
        return match text.to_str() {
            Ok(text) => Ok(Argument::from(text)),
            Err(error) if error.is_instance_of::<PyUnicodeEncodeError>(value.py()) => {
                Ok(Argument::Wrong("holds an unpaired surrogate; pass well-formed text".to_owned()))
            }
            Err(error) => Err(error),
        };
    }
    // A bool is an int to Python, so it comes first.
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Argument::from(flag.is_true()));
    }
    if value.is_instance_of::<PyInt>() {
        // A subclass may have operators of its own: its value as a plain int is what counts.
        let plain = value.py().get_type::<PyInt>().call_method1("__index__", (value,))?;
        let integer = plain.extract::<i128>().map(Argument::from);
        return Ok(integer.unwrap_or_else(|_| Argument::Wrong("is a number far out of range".to_owned())));
    }
    if let Ok(float) = value.cast::<PyFloat>() {
        return Ok(Argument::Fraction(float.value()));
    }
    if is_whole_number(value)? {
        return whole_number(value);
    }
    Ok(Argument::Other(format!("is of type {}", type_name(value))))
}

/// Returns whether a type says that its values are whole numbers, as numpy's do.
///
/// The type is asked and not the value, which may say anything of itself.
fn is_whole_number(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    // Nothing counts as one to a program that never imported the module.
    let Ok(numbers) = value.py().import("sys")?.getattr("modules")?.get_item("numbers") else { return Ok(false) };
    match value.get_type().is_subclass(&numbers.getattr("Integral")?) {
        Err(error) if !error.is_instance_of::<PyException>(value.py()) => Err(error),
        is_subclass => Ok(is_subclass.unwrap_or(false)),
    }
}

/// Converts what Python itself would take for an index: exactly, and only where there is nothing to round.
fn whole_number(value: &Bound<'_, PyAny>) -> PyResult<Argument> {
    match value.py().import("operator")?.call_method1("index", (value,)) {
        Ok(index) => argument(&index),
        Err(error) if error.is_instance_of::<PyException>(value.py()) => {
            Ok(Argument::Other(format!("is of type {}, which is not a whole number", type_name(value))))
        }
        Err(error) => Err(error),
    }
}

/// Converts several values, which a text is not.
pub(crate) fn list(value: &Bound<'_, PyAny>) -> PyResult<List> {
    let is_list = value.is_instance_of::<PyTuple>()
        || value.is_instance_of::<PyList>()
        || value.is_instance_of::<PySet>()
        || value.is_instance_of::<PyFrozenSet>();
    if !is_list {
        return argument(value).map(List::from);
    }
    value.try_iter()?.map(|each| argument(&each?)).collect::<PyResult<Vec<_>>>().map(List::Values)
}

/// Converts an amount: as [`argument`], and for won also a whole Decimal.
pub(crate) fn amount(value: &Bound<'_, PyAny>, currency: &Bound<'_, PyAny>) -> PyResult<Argument> {
    if value.is_instance_of::<PyFloat>() {
        return Ok(Argument::Wrong("is a float, which can't hold money exactly; pass an int".to_owned()));
    }
    // Only one who has imported the module can have a Decimal, so it is not imported for the others.
    // A subclass may have methods of its own, and is refused.
    if type_name(value) != "Decimal" || !value.get_type().is(decimal(value.py())?) {
        return argument(value);
    }
    if currency.cast::<PyString>().is_ok_and(|currency| currency == "USD") {
        return Ok(Argument::Wrong("is a Decimal, which is for won only; pass the cents as an int".to_owned()));
    }
    whole_decimal(value)
}

fn whole_decimal(value: &Bound<'_, PyAny>) -> PyResult<Argument> {
    let wrong = |what: &str| Ok(Argument::Wrong(format!("is a Decimal that is {what}; pass whole won")));
    if !value.call_method0("is_finite")?.is_truthy()? {
        return wrong("not a number");
    }
    if value.call_method0("adjusted")?.extract::<i64>()? > LONGEST_DECIMAL {
        return wrong("far out of range");
    }
    if !value.eq(value.call_method0("to_integral_value")?)? {
        return wrong("not a whole number");
    }
    argument(&value.py().get_type::<PyInt>().call1((value,))?)
}

fn decimal(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    py.import("decimal")?.getattr("Decimal")
}

fn type_name(value: &Bound<'_, PyAny>) -> String {
    // Read as it is: a metaclass may give a name that lies when it is shown, or is as long as it likes.
    let name = value.get_type().name().map(|name| name.to_string_lossy().chars().take(LONGEST_NAME).collect());
    name.unwrap_or_else(|_| "another type".to_owned())
}

/// Converts a path: a text, or anything that `os.fspath` takes.
pub(crate) fn path(value: &Bound<'_, PyAny>) -> PyResult<Argument> {
    if value.is_instance_of::<PyString>() || !value.hasattr("__fspath__")? {
        return argument(value);
    }
    match value.call_method0("__fspath__") {
        Ok(path) => argument(&path),
        Err(error) if error.is_instance_of::<PyException>(value.py()) => {
            Ok(Argument::Wrong("can't be turned into a path; pass a text".to_owned()))
        }
        Err(error) => Err(error),
    }
}

static CANCEL_RECEIPT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static PARTIAL_CANCEL_RECEIPT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static MISMATCH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static ERROR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn defined_in_python<'py>(
    py: Python<'py>,
    kept: &'static PyOnceLock<Py<PyAny>>,
    module: &str,
    name: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let object = kept.get_or_try_init(py, || py.import(module)?.getattr(name).map(Bound::unbind))?;
    Ok(object.bind(py).clone())
}

pub(crate) fn cancel_receipt<'py>(py: Python<'py>, receipt: &CancelReceipt) -> PyResult<Bound<'py, PyAny>> {
    defined_in_python(py, &CANCEL_RECEIPT, "paywelcome.receipts", "CancelReceipt")?.call1((
        &receipt.result_code,
        &receipt.result_msg,
        &receipt.mid,
        &receipt.tid,
        receipt.moid.as_deref(),
        receipt.price,
        receipt.cancel_date.as_deref(),
        receipt.cancel_time.as_deref(),
        receipt.cancelled_at,
        receipt.raw.as_json(),
        mismatches(py, &receipt.mismatches)?,
    ))
}

pub(crate) fn partial_cancel_receipt<'py>(
    py: Python<'py>,
    receipt: &PartialCancelReceipt,
) -> PyResult<Bound<'py, PyAny>> {
    defined_in_python(py, &PARTIAL_CANCEL_RECEIPT, "paywelcome.receipts", "PartialCancelReceipt")?.call1((
        &receipt.result_code,
        &receipt.result_msg,
        &receipt.mid,
        &receipt.tid,
        receipt.cancel_tid.as_deref(),
        receipt.price,
        receipt.remaining_price,
        receipt.cancel_date.as_deref(),
        receipt.cancel_time.as_deref(),
        receipt.cancelled_at,
        receipt.raw.as_json(),
        mismatches(py, &receipt.mismatches)?,
    ))
}

fn mismatches<'py>(py: Python<'py>, found: &[Mismatch]) -> PyResult<Bound<'py, PyTuple>> {
    let mut told = Vec::with_capacity(found.len());
    for Mismatch { field, asked, answered, .. } in found {
        let mismatch = defined_in_python(py, &MISMATCH, "paywelcome.receipts", "Mismatch")?;
        told.push(mismatch.call1((field.snake(), asked, answered.as_deref()))?);
    }
    PyTuple::new(py, told)
}

/// Makes the exception that tells what the core's error tells.
pub(crate) fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let fields: Vec<_> = error.fields().iter().map(|field| (field.field.snake(), field.message.as_str())).collect();
    let call = (error.operation(), error.tid(), error.reference(), error.timestamp(), error.attempts());
    let read = (error.result_code(), error.result_msg(), error.raw().map(Raw::as_json));
    let answer = (error.http_status(), error.content_type(), error.body_excerpt());
    defined_in_python(py, &ERROR, "paywelcome.errors", "_from_core")?.call1((
        error.outcome().as_str(),
        error.kind().as_str(),
        error.message(Field::snake),
        fields,
        (error.host(), error.mid()),
        call,
        answer,
        read,
    ))
}

/// Raises the exception that tells what the core's error tells.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).map_or_else(|failed| failed, PyErr::from_value)
}
