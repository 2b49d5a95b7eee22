//! A file of comma-separated values, as spreadsheets and merchant admins write it, line after line in flat memory.

mod charset;
mod columns;
mod lines;
mod values;

pub(crate) use charset::Charset;
pub(crate) use columns::{Column, Columns, Mapped};
pub(crate) use lines::Sheet;
pub(crate) use values::{amount, pay_type, text};
