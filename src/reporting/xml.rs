//! XML, as much of it as JUnit's reports need: elements with attributes, and in each either a text or more elements.

/// So far is what stands in an element moved to the right.
const INDENT: &str = "    ";

/// An element while it is made.
pub struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: Option<String>,
    inside: Vec<Self>,
}

impl Element {
    pub fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), text: None, inside: Vec::new() }
    }

    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((key, value.into()));
        self
    }

    /// The text of an element, which has no elements in it.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    pub fn push(&mut self, element: Self) {
        self.inside.push(element);
    }

    /// The element as a document of its own.
    pub fn document(&self) -> String {
        let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        self.write(0, &mut out);
        out
    }

    fn write(&self, depth: usize, out: &mut String) {
        let (name, indent) = (self.name, INDENT.repeat(depth));
        out.extend([&indent, "<", name]);
        for (key, value) in &self.attributes {
            out.extend([" ", key, "=\"", &escape(value), "\""]);
        }
        match &self.text {
            Some(text) => out.extend([">", &escape(text), "</", name, ">\n"]),
            None if self.inside.is_empty() => out.push_str("/>\n"),
            None => {
                out.push_str(">\n");
                self.inside.iter().for_each(|each| each.write(depth + 1, out));
                out.extend([&indent, "</", name, ">\n"]);
            }
        }
    }
}

/// A text as it stands between tags or quotes. Characters that no XML may hold, however they are written, are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_hold_elements_or_a_text() {
        let mut all = Element::new("all").with("name", "a \"b\"");
        all.push(Element::new("empty"));
        all.push(Element::new("said").text(""));
        all.push(Element::new("said").with("by", "x'y").text("1 < 2 && 3 > 2\n"));
        let told = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<all name=\"a &quot;b&quot;\">\n    <empty/>\n    <said></said>\n    \
                    <said by=\"x&apos;y\">1 &lt; 2 &amp;&amp; 3 &gt; 2\n</said>\n</all>\n";
        assert_eq!(all.document(), told);
    }

    #[test]
    fn what_xml_cannot_hold_is_left_out() {
        assert_eq!(escape("a\0\u{8}\u{b}\u{c}\u{e}\u{1b}\u{1f}\u{fffe}\u{ffff}\t\n\u{fffd}é"), "a\t\n\u{fffd}é");
    }
}
