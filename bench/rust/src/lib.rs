//! What the bench's programs share: bytes of HTTP/1.1 in and out, and nothing of the product.

pub mod http;
