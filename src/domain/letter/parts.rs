//! Parts that letters share (`{{> footer}}`), put in their places once, when the templates are loaded. The template engine would copy all
//! values of a letter for each part, each time it writes one.

use handlebars::template::{DecoratorTemplate, TemplateElement};
use handlebars::{Handlebars, Template};

/// Parts in parts in parts: deeper ones are left to the template engine.
const DEPTH_MAX: usize = 8;

/// Puts the parts of every letter of `registry` (`folder/file`) in their places. The letters stay the same to the letter; parts stay as they
/// are, for those that are shown further in.
pub fn put_in_place(registry: &mut Handlebars<'static>) {
    let letters = registry.get_templates().iter().filter(|(name, _)| name.contains('/'));
    let whole: Vec<(String, Template)> = letters.map(|(name, template)| (name.clone(), whole(template, registry, 0))).collect();
    for (name, template) in whole {
        registry.register_template(&name, template);
    }
}

/// `template` with its parts in place.
fn whole(template: &Template, registry: &Handlebars<'_>, depth: usize) -> Template {
    let mut whole = template.clone();
    let defines = |element: &TemplateElement| {
        matches!(element, TemplateElement::DecoratorExpression(_) | TemplateElement::DecoratorBlock(_))
    };
    // Where a template defines something of its own, a name may mean that.
    if depth > DEPTH_MAX || template.elements.iter().any(defines) {
        return whole;
    }
    whole.elements.clear();
    whole.mapping.clear();
    for (element, place) in template.elements.iter().zip(&template.mapping) {
        match element {
            TemplateElement::PartialExpression(named) => {
                let part = plain_part(named).and_then(|name| registry.get_template(name));
                if let Some(part) = part {
                    whole.elements.extend(self::whole(part, registry, depth + 1).elements);
                } else {
                    whole.elements.push(element.clone());
                }
            }
            TemplateElement::HelperBlock(block) => {
                let mut block = block.clone();
                for inner in [&mut block.template, &mut block.inverse].into_iter().flatten() {
                    *inner = self::whole(inner, registry, depth + 1);
                }
                whole.elements.push(TemplateElement::HelperBlock(block));
            }
            other => whole.elements.push(other.clone()),
        }
        whole.mapping.resize(whole.elements.len(), place.clone());
    }
    whole
}

/// The name of a part that is shown as it is: with no values of its own and not further in than it was written.
fn plain_part(named: &DecoratorTemplate) -> Option<&str> {
    let plain = named.params.is_empty()
        && named.hash.is_empty()
        && named.template.is_none()
        && named.indent.as_deref().unwrap_or_default().is_empty();
    named.name.as_name().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_the_same_with_its_parts_in_place() {
        let templates = [
            ("letter/one", "{{#each list}}\n{{> two}}\n{{else}}\nnone\n{{/each}}\n  {{> two}}\n{{> three}}\nend:{{> four}}."),
            ("two", "- {{this}}{{#if @first}} first{{/if}}\n"),
            ("three", "{{#if list}}\n{{> four}}\n{{/if}}\n"),
            ("four", "four"),
        ];
        let mut registry = Handlebars::new();
        for (name, text) in templates {
            registry.register_template_string(name, text).unwrap();
        }
        let data = [serde_json::json!({ "list": ["a", "b"] }), serde_json::json!({ "list": [] })];
        let written = |registry: &Handlebars<'_>| data.clone().map(|data| registry.render("letter/one", &data).unwrap());
        let before = written(&registry);
        put_in_place(&mut registry);
        assert_eq!(written(&registry), before);
        let left = format!("{:?}", registry.get_template("letter/one").unwrap());
        assert_eq!(left.matches("PartialExpression").count(), 1, "only the one that is further in: {left}");
    }
}
