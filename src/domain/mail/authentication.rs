//! `Authentication-Results` (RFC 8601): what a mail server says it checked. A claim like any header, until the caller knows whose it is.

/// One such header, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationResults {
    /// Who checked, lower case; Exchange Online leaves it out.
    pub server: Option<String>,
    /// Each method with what came of it, as written; none for `none`.
    pub results: Vec<MethodResult>,
}

/// What came of one method: `dmarc=pass header.from=example.org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodResult {
    /// `dmarc`, `dkim`, `spf`, lower case.
    pub method: String,
    /// `pass`, `fail`, `none`, lower case.
    pub result: String,
    /// `header.from` and its value, lower case; in the order written.
    pub properties: Vec<(String, String)>,
}

impl MethodResult {
    /// The value of a property: `header.from`.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A piece of the header: comments and blanks are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Mark(char),
}

/// Takes `text`, the value of one header, apart. `None` when it does not follow the grammar of RFC 8601 §2.2: what is not understood
/// to its end proves nothing.
#[must_use]
pub fn parse(text: &str) -> Option<AuthenticationResults> {
    let tokens = tokens(text)?;
    let mut clauses = tokens.split(|token| *token == Token::Mark(';'));
    let head = clauses.next()?;
    let mut results = Vec::new();
    let server = match head {
        // `example.org 1`: the id and, seldom, the version, which is 1 as long as the format is this one.
        [Token::Word(id)] => Some(id.to_lowercase()),
        [Token::Word(id), Token::Word(version)] if version == "1" => Some(id.to_lowercase()),
        clause => {
            results.push(method_result(clause)?);
            None
        }
    };
    let rest: Vec<&[Token]> = clauses.filter(|clause| !clause.is_empty()).collect();
    let none = matches!(rest.as_slice(), [[Token::Word(word)]] if word.eq_ignore_ascii_case("none"));
    if !none {
        for clause in rest {
            results.push(method_result(clause)?);
        }
    }
    Some(AuthenticationResults { server, results })
}

/// `method[/version]=result [reason=value] *(ptype.property=value)`.
fn method_result(clause: &[Token]) -> Option<MethodResult> {
    let (method, rest) = match clause {
        [Token::Word(method), Token::Mark('/'), Token::Word(version), rest @ ..]
            if version.bytes().all(|b| b.is_ascii_digit()) =>
        {
            (method, rest)
        }
        [Token::Word(method), rest @ ..] => (method, rest),
        _ => return None,
    };
    let [Token::Mark('='), Token::Word(result), rest @ ..] = rest else { return None };
    let mut found = MethodResult { method: method.to_lowercase(), result: result.to_lowercase(), properties: Vec::new() };
    let mut rest = rest;
    while let [Token::Word(name), Token::Mark('='), after @ ..] = rest {
        // A value is a word, or an address in three pieces: `local@domain`, `@domain`.
        let ends = after.iter().enumerate().position(|(at, _)| matches!(after.get(at + 1), Some(Token::Mark('='))));
        let (value, next) = after.split_at(ends.unwrap_or(after.len()));
        if value.iter().any(|token| matches!(token, Token::Mark(mark) if !"@/:".contains(*mark))) {
            return None;
        }
        let joined: String = value.iter().map(Token::text).collect();
        found.properties.push((name.to_lowercase(), joined.to_lowercase()));
        rest = next;
    }
    rest.is_empty().then_some(found)
}

impl Token {
    fn text(&self) -> String {
        match self {
            Self::Word(word) => word.clone(),
            Self::Mark(mark) => mark.to_string(),
        }
    }
}

/// Words, quoted strings opened, and the marks between them; comments may stand in each other. `None` for one that never ends.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let quoted = c == '"' && word.is_empty();
        if c == '(' || c.is_whitespace() || quoted || ";=@/:,".contains(c) {
            if !word.is_empty() {
                tokens.push(Token::Word(std::mem::take(&mut word)));
            }
        } else {
            word.push(c);
            continue;
        }
        match c {
            '(' => skip_comment(&mut characters)?,
            '"' => tokens.push(Token::Word(quoted_string(&mut characters)?)),
            c if c.is_whitespace() => {}
            mark => tokens.push(Token::Mark(mark)),
        }
    }
    if !word.is_empty() {
        tokens.push(Token::Word(word));
    }
    Some(tokens)
}

fn skip_comment(characters: &mut std::str::Chars<'_>) -> Option<()> {
    let mut depth = 1_usize;
    while depth > 0 {
        match characters.next()? {
            '\\' => drop(characters.next()?),
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
    }
    Some(())
}

fn quoted_string(characters: &mut std::str::Chars<'_>) -> Option<String> {
    let mut text = String::new();
    loop {
        match characters.next()? {
            '\\' => text.push(characters.next()?),
            '"' => return Some(text),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let Some(parsed) = parse(text) else { return "no".to_owned() };
        let mut told = parsed.server.unwrap_or_else(|| "-".to_owned());
        for result in parsed.results {
            told += &format!(" | {} {}", result.method, result.result);
            for (name, value) in result.properties {
                told += &format!(" {name}:{value}");
            }
        }
        told
    }

    #[test]
    fn results_are_understood_as_rfc_8601_and_real_servers_write_them() {
        for (written, expected) in [
            ("example.org 1; none", "example.org"),
            ("example.com; none", "example.com"),
            ("example.com; spf=pass smtp.mailfrom=example.net", "example.com | spf pass smtp.mailfrom:example.net"),
            (
                "example.com; sender-id=fail header.from=example.com; dkim=pass (good signature) header.d=example.com",
                "example.com | sender-id fail header.from:example.com | dkim pass header.d:example.com",
            ),
            (
                "example.com; auth=pass (cram-md5) smtp.auth=sender@example.net",
                "example.com | auth pass smtp.auth:sender@example.net",
            ),
            (
                "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) .(like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
                "no",
            ),
            (
                "mx.example.org;\n\tdmarc=pass (p=NONE (sp=NONE) dis=NONE) header.from=example.net;\n dkim/1=pass reason=\"a;b=c\" header.i=@example.net",
                "mx.example.org | dmarc pass header.from:example.net | dkim pass reason:a;b=c header.i:@example.net",
            ),
            (
                "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=example.net; dkim=pass (signature was verified) header.d=example.net;dmarc=pass action=none header.from=example.net;compauth=pass reason=100",
                "- | spf pass smtp.mailfrom:example.net | dkim pass header.d:example.net | dmarc pass action:none header.from:example.net | compauth pass reason:100",
            ),
            ("MX.Example.ORG; DMARC=Pass header.From=Example.NET;", "mx.example.org | dmarc pass header.from:example.net"),
            ("\"mx.example.org\"; dmarc=pass header.from=example.net", "mx.example.org | dmarc pass header.from:example.net"),
            ("mx.example.org; dmarc=pass (never ends header.from=example.net", "no"),
            ("mx.example.org; x=fail (dmarc=pass header.from=example.net)", "mx.example.org | x fail"),
            ("mx.example.org; spf=fail reason=\"dmarc=pass\"", "mx.example.org | spf fail reason:dmarc=pass"),
            (
                "mx.example.org; spf=none smtp.mailfrom=a@b; dmarc=pass header.from=c",
                "mx.example.org | spf none smtp.mailfrom:a@b | dmarc pass header.from:c",
            ),
            ("mx.example.org 2; dmarc=pass", "no"),
            ("mx.example.org; dmarc pass", "no"),
            ("mx.example.org; dmarc=", "no"),
            ("mx.example.org dmarc=pass", "no"),
            ("", "no"),
        ] {
            assert_eq!(told(written), expected, "{written}");
        }
    }
}
