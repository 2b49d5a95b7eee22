//! A request as it was read from the wire.

/// One whole request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The connection it came on, counted from 0 in the order they were accepted.
    pub connection: usize,
    /// The method, such as `POST`.
    pub method: String,
    /// The target, such as `/cancel/cancel`.
    pub target: String,
    /// The headers in the order they came: the name in lower case, and the value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads the first request of `bytes`, and how many bytes it has; `None` while it is not whole.
    pub fn parse(connection: usize, bytes: &[u8]) -> Option<(Self, usize)> {
        let head_end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..head_end]);
        let mut lines = head.split("\r\n");
        let mut start = lines.next()?.split(' ');
        let (method, target) = (start.next()?.to_owned(), start.next()?.to_owned());
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers: Vec<(String, String)> = lines.filter_map(header).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.map_or(Some(0), |(_, value)| value.parse().ok())?;
        let body = bytes.get(head_end + 4..head_end + 4 + length)?.to_vec();
        Some((Self { connection, method, target, headers, body }, head_end + 4 + length))
    }

    /// Returns every value of the header `name`, which is in lower case.
    pub fn header(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(found, _)| found == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Returns the form's field `name`; empty where there is none.
    pub fn field(&self, name: &str) -> String {
        let mut fields = form_urlencoded::parse(&self.body);
        fields.find(|(found, _)| found == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}
