//! What the check needs: the same decisions, with a rule taken away. No part of the API.

pub use crate::rules::{Rule, Rules};
pub use crate::step::decide;
