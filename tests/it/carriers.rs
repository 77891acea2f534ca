//! Raw mails to readings: what is read, what is refused, and that nothing a mail holds can hurt the reader.

mod boxes;
mod corpus;
mod hostile;
pub mod made;
mod mutations;
mod office;
mod outlook;
mod pdf;
mod reading;
mod sandbox;
mod scan;
mod word;
mod xfa;
