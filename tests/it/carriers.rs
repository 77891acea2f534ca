//! Raw mails to readings: what is read, what is refused, and that nothing a mail holds can hurt the reader.

mod corpus;
mod hostile;
pub mod made;
mod office;
mod pdf;
mod reading;
mod sandbox;
mod scan;
mod word;
