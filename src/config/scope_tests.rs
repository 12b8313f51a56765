use super::*;
use serde_json::json;

fn scope(library: &Library) -> Scope<'_> {
    let names = json!({"app": {"name": "it's; rm -rf /", "port": 3000}, "list": ["a", "b"]});
    Scope::new(names.as_object().unwrap().clone(), library)
}

fn node(text: &str) -> Node {
    let source = Source::new("p.yaml", text);
    Node {
        location: Location { source, span: 0..text.len() },
        value: crate::config::yaml::Value::Scalar(text.into(), crate::config::yaml::ScalarKind::Text),
    }
}

#[test]
fn shell_quotes_every_value() {
    let library = Library::shipped();
    let line = scope(&library).shell(&node("pm2 reload {{ app.name }} {{ app.port }}")).unwrap();
    assert_eq!(line, r"pm2 reload 'it'\''s; rm -rf /' '3000'");
}

#[test]
fn what_is_no_template_stays_as_it_is() {
    let library = Library::shipped();
    let mut node = node("docker ps --format '{{.Names}}' {% endraw %} {{ app.name }}");
    node.value =
        crate::config::yaml::Value::Scalar(node.text().unwrap().into(), crate::config::yaml::ScalarKind::Verbatim);
    assert_eq!(scope(&library).shell(&node).unwrap(), node.text().unwrap());
}

#[test]
fn an_undefined_name_is_a_problem_at_its_place() {
    let library = Library::shipped();
    let problem = scope(&library).text(&node("http://{{ app.prot }}/")).unwrap_err().to_string();
    assert!(problem.contains("`app.prot` is not defined") && problem.contains("p.yaml:1:11"), "{problem}");
}

#[test]
fn a_syntax_error_is_found_without_values() {
    let mut problems = crate::model::problem::Problems::default();
    check_syntax(&node("{{ app.name"), &mut problems);
    assert_eq!(problems.0.len(), 1);
}

#[test]
fn rendered_lines_know_the_line_of_the_template() {
    let text = "one\n{% for x in list %}\n  {{ x }};\n{% endfor %}\n{# note\n more #}\nlast {{ app.port\n}}\nend\n";
    let mut library = Library::default();
    library.add_template("t", text);
    let source = Source::new("x", "x");
    let rendered = scope(&library).template("t", &Location { source, span: 0..1 }).unwrap();
    assert_eq!(rendered.content, "one\n  a;\n  b;\nlast 3000\nend\n");
    assert_eq!(rendered.lines[..4], [1, 3, 3, 8], "{:?}", rendered.lines);
}

#[test]
fn a_value_that_would_break_out_of_a_directive_is_refused() {
    let mut library = Library::default();
    library.add_template("t", "server {{ app.name | word }};\n");
    let source = Source::new("x", "x");
    let problem = scope(&library).template("t", &Location { source, span: 0..1 }).unwrap_err().to_string();
    assert!(problem.contains("cannot be used as one word here") && problem.contains("templates/t:1:"), "{problem}");
}
