//! Types that carry what may never be printed: there is no `Display`, and `Debug` shows a dot.
//!
//! Whoever needs the value writes `.reveal()`, which a reader and a search can find.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A value about a person. Serialised only into sealed rows and into the answer of `mail explain`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Wraps `value`.
    pub fn new(value: T) -> Self {
        Self(value)
    }
    /// The value itself, for matching, sealing and showing to somebody entitled.
    pub fn reveal(&self) -> &T {
        &self.0
    }
    /// The value itself, consumed.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

/// JSON as it was written: a long value that is never changed, of which all copies are one. It is looked into only when somebody asks,
/// because most of those who read a case do not.
#[derive(Clone)]
pub struct Written(Arc<Text>);

struct Text {
    text: Box<RawValue>,
    value: OnceLock<serde_json::Value>,
    bare: OnceLock<serde_json::Value>,
}

/// What of a long value says where it was read and why it was judged so, and not what it says.
const PROOFS: [&str; 5] = ["sources", "sources_of", "others", "assessment", "doubts"];

/// A value that leaves out what stands under these names, wherever, without reading it.
struct Without(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for Without {
    type Value = serde_json::Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<serde_json::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Without {
    type Value = serde_json::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<serde_json::Value, E> {
        Ok(serde_json::Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<serde_json::Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<serde_json::Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<serde_json::Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<serde_json::Value, E> {
        Ok(value.into())
    }
    fn visit_str<E>(self, value: &str) -> Result<serde_json::Value, E> {
        Ok(value.into())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<serde_json::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Self(self.0))? {
            values.push(value);
        }
        Ok(values.into())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<serde_json::Value, A::Error> {
        let mut values = serde_json::Map::new();
        while let Some(key) = map.next_key::<String>()? {
            if self.0.contains(&key.as_str()) {
                map.next_value::<IgnoredAny>()?;
            } else {
                values.insert(key, map.next_value_seed(Self(self.0))?);
            }
        }
        Ok(values.into())
    }
}

impl Written {
    /// What it says, without where it was read and why it was judged so: a small part, which is all that most who look ask for.
    #[must_use]
    pub fn bare(&self) -> &serde_json::Value {
        let read = || Without(&PROOFS).deserialize(&mut serde_json::Deserializer::from_str(self.0.text.get()));
        self.0.bare.get_or_init(|| read().expect("it was found to be JSON when it was read"))
    }
    /// The same, with nothing at hand but its text: for whoever keeps many.
    #[must_use]
    pub fn put_away(self) -> Self {
        if self.0.value.get().is_none() {
            return self;
        }
        let (text, bare) = (self.0.text.clone(), self.0.bare.clone());
        Self(Arc::new(Text { text, value: OnceLock::new(), bare }))
    }
}

impl From<serde_json::Value> for Written {
    fn from(value: serde_json::Value) -> Self {
        let text = serde_json::value::to_raw_value(&value).expect("JSON can always be written");
        Self(Arc::new(Text { text, value: value.into(), bare: OnceLock::new() }))
    }
}
impl Deref for Written {
    type Target = serde_json::Value;
    fn deref(&self) -> &serde_json::Value {
        self.0.value.get_or_init(|| serde_json::from_str(self.0.text.get()).expect("it was found to be JSON when it was read"))
    }
}
impl PartialEq for Written {
    fn eq(&self, other: &Self) -> bool {
        self.0.text.get() == other.0.text.get() || **self == **other
    }
}
impl Default for Written {
    fn default() -> Self {
        serde_json::Value::Null.into()
    }
}
impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.text.serialize(serializer)
    }
}
impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        Ok(Self(Arc::new(Text { text, value: OnceLock::new(), bare: OnceLock::new() })))
    }
}

/// Reads a value that comes with others under one tag, where its text is not at hand any more.
///
/// # Errors
/// Those of the reading.
pub fn written_inside<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Personal<Written>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(|value| Personal(value.into()))
}

impl Personal<String> {
    /// The text as a slice.
    #[must_use]
    pub fn as_text(&self) -> &str {
        &self.0
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("●")
    }
}
impl From<&str> for Personal<String> {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
impl From<String> for Personal<String> {
    fn from(text: String) -> Self {
        Self(text)
    }
}

/// Gives each type a `Debug` that names the type and nothing it holds.
#[macro_export]
macro_rules! redacted_debug {
    ($($name:ty),* $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(●)"))
            }
        }
    )*};
}
