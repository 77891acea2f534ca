//! Conditions from text. Written out by hand so that a mistake inside a term is reported as that mistake, at its own line:
//! a derived reader would only say that nothing fits.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use super::Condition;

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Condition<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ConditionVisitor(PhantomData))
    }
}

struct ConditionVisitor<T>(PhantomData<T>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AtLeastParts<T> {
    count: usize,
    of: Vec<Condition<T>>,
}

/// What stands under `at_least`, which is also the name of a test in some terms: there it is a number and comes second.
struct AtLeastVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for AtLeastVisitor<T> {
    type Value = AtLeastParts<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtLeastVisitor<T> {
    type Value = AtLeastParts<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`count` and `of`; in a test of a fact, write `fact` before `at_least`")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        AtLeastParts::deserialize(MapAccessDeserializer::new(map))
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for ConditionVisitor<T> {
    type Value = Condition<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a condition: all, any, not, at_least, or a test")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        T::deserialize(StrDeserializer::new(text)).map(Condition::Term)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Some(key) = map.next_key::<String>()? else {
            return Err(A::Error::custom("an empty condition; leave it out where nothing is asked"));
        };
        let condition = match key.as_str() {
            "all" => Condition::All(map.next_value()?),
            "any" => Condition::Any(map.next_value()?),
            "not" => Condition::Not(Box::new(map.next_value()?)),
            "at_least" => {
                let AtLeastParts { count, of } = map.next_value_seed(AtLeastVisitor(PhantomData))?;
                Condition::AtLeast { count, of }
            }
            _ => return T::deserialize(MapAccessDeserializer::new(Begun { key: Some(key), map })).map(Condition::Term),
        };
        match map.next_key::<String>()? {
            None => Ok(condition),
            Some(second) => Err(A::Error::custom(format_args!(
                "`{key}` and `{second}` side by side; put both into one list under `all` or `any`"
            ))),
        }
    }
}

/// A map whose first key was read already.
struct Begun<A> {
    key: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Begun<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.key.take() {
            Some(key) => seed.deserialize(StrDeserializer::new(&key)).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
