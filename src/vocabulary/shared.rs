//! The words among a stage's options: shared by all who hold them, and written down by name where they
//! are those compiled in.
//!
//! Every run makes keys of its options and writes them down. The compiled-in words are a thousand
//! phrases, and the same in every run of one build: the hash of their text says as much.

use super::{DEFAULT, DEFAULT_TABLES, PARSED, Vocabulary};
use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::{Arc, LazyLock};

/// What the compiled-in words are called: the same text, the same name.
static NAME: LazyLock<String> = LazyLock::new(|| {
    let mut hasher = blake3::Hasher::new();
    hasher.update(DEFAULT.as_bytes()).update(DEFAULT_TABLES.as_bytes());
    format!("built in: {}", &hasher.finalize().to_hex()[..16])
});

pub(crate) fn serialize<S: Serializer>(words: &Arc<Vocabulary>, to: S) -> Result<S::Ok, S::Error> {
    if Arc::ptr_eq(words, &PARSED) || *words == *PARSED {
        NAME.serialize(to)
    } else {
        words.as_ref().serialize(to)
    }
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Vocabulary>, D::Error> {
    from.deserialize_any(Form)
}

/// A name, or all the words.
struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = Arc<Vocabulary>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a vocabulary")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        if name == *NAME { Ok(Vocabulary::shared()) } else { Err(E::custom("words of another version")) }
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
        Vocabulary::deserialize(MapAccessDeserializer::new(map)).map(Arc::new)
    }
}

#[cfg(test)]
mod tests {
    use crate::stages::normalise::Options;
    use crate::vocabulary::Vocabulary;
    use std::sync::Arc;

    #[test]
    fn words_are_written_by_name_where_they_are_the_default() {
        let default = Options::default();
        let json = serde_json::to_string(&default).unwrap();
        assert!(json.len() < 100, "{json}");
        let back: Options = serde_json::from_str(&json).unwrap();
        assert!(Arc::ptr_eq(&back.vocabulary, &default.vocabulary));
        assert!(serde_json::from_str::<Options>(r#"{"vocabulary":"built in: 0"}"#).is_err());
    }

    #[test]
    fn words_of_ones_own_are_written_whole() {
        let own = Vocabulary::with("[minutes]\nverbs = [\"SETTLED\"]").unwrap();
        let options = Options { vocabulary: Arc::new(own) };
        let json = serde_json::to_string(&options).unwrap();
        assert!(json.contains("settled"));
        assert_eq!(serde_json::from_str::<Options>(&json).unwrap(), options);
    }
}
