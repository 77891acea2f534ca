//! Where mail comes from. Looks, reads, and moves aside only what is stored; never deletes.

pub mod maildir;
