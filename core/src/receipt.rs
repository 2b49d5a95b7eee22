//! What callers get when the gateway did what was asked.

use crate::echoes::Mismatch;
use crate::raw::Raw;

/// The receipt of a full cancel (전체 취소): the whole payment was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CancelReceipt {
    /// `ResultCode` 결과코드: always `00`.
    pub result_code: String,
    /// `ResultMsg` 결과메시지.
    pub result_msg: String,
    /// `Mid` 가맹점ID, as the gateway echoed it, or as it was asked where it did not.
    pub mid: String,
    /// `Tid` 거래ID: the payment's, as asked.
    pub tid: String,
    /// `Moid` 주문번호: the merchant's order number, where the gateway gave it.
    pub moid: Option<String>,
    /// `Price` 취소 금액: as asked, in won or cents.
    pub price: u128,
    /// `CancelDate` 취소일자, YYYYMMDD in KST, where the gateway gave it.
    pub cancel_date: Option<String>,
    /// `CancelTime` 취소시각, hhmmss in KST, where the gateway gave it.
    pub cancel_time: Option<String>,
    /// Date and time as seconds since 1970, where both are there and real.
    pub cancelled_at: Option<i64>,
    /// The answer's fields as they came.
    pub raw: Raw,
    /// The echoes that say something else than was asked; empty unless [`ClientOptions::required_echoes`] leaves one out.
    ///
    /// [`ClientOptions::required_echoes`]: crate::ClientOptions::required_echoes
    pub mismatches: Vec<Mismatch>,
}

/// The receipt of a partial cancel (부분 취소): a part of the payment was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartialCancelReceipt {
    /// `ResultCode` 결과코드: always `00`.
    pub result_code: String,
    /// `ResultMsg` 결과메시지.
    pub result_msg: String,
    /// `Mid` 가맹점ID, as the gateway echoed it, or as it was asked where it did not.
    pub mid: String,
    /// `Tid` 거래ID: the original payment's, as asked.
    pub tid: String,
    /// `C_Tid` 취소거래ID: this cancel's own transaction id, opaque and of any length, where the gateway gave it.
    pub cancel_tid: Option<String>,
    /// `Price` 부분 취소 금액: the part just given back, as asked, in won or cents.
    pub price: u128,
    /// `RmainPrice` 취소 후 남은 금액: what remains, as asked, in won or cents.
    pub remaining_price: u128,
    /// `CancelDate` 취소일자, YYYYMMDD in KST, where the gateway gave it.
    pub cancel_date: Option<String>,
    /// `CancelTime` 취소시각, hhmmss in KST, where the gateway gave it.
    pub cancel_time: Option<String>,
    /// Date and time as seconds since 1970, where both are there and real.
    pub cancelled_at: Option<i64>,
    /// The answer's fields as they came.
    pub raw: Raw,
    /// The echoes that say something else than was asked; empty unless [`ClientOptions::required_echoes`] leaves one out.
    ///
    /// [`ClientOptions::required_echoes`]: crate::ClientOptions::required_echoes
    pub mismatches: Vec<Mismatch>,
}
