//! Raw mails to readings: what is read, what is refused, and that nothing a mail holds can hurt the reader.

pub mod boxes;
mod corpus;
pub mod hostile;
pub mod made;
mod mutations;
mod office;
pub mod outlook;
mod pdf;
mod reading;
mod sandbox;
mod scan;
mod seams;
mod word;
mod xfa;
