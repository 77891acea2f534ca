//! Mails as Outlook keeps them: `.msg` ([MS-OXMSG]) and `winmail.dat` ([MS-OXTNEF]). Both become what any mail is here: [`super::Opened`].
//!
//! Only what a reader of the mail would see is taken: who, when, about what, the text, the files. Nothing else in them is opened.

mod msg;
mod properties;
mod tnef;

pub use msg::{MAGIC as MSG_MAGIC, open as open_msg};
pub use tnef::{MAGIC as TNEF_MAGIC, open as open_tnef};
