//! What the page shows: values → HTML.

use serde_json::Value;

use crate::refunds::desk::Desk;
use crate::refunds::page::door::Why;
use crate::refunds::page::html::{Html, escaped};
use crate::refunds::page::said::Said;
use crate::refunds::words;
use crate::refunds::written::{grouped, kst, money_in, shown};

const STATES: [&str; 7] = ["requested", "sending", "unknown", "review", "done", "declined", "void"];

/// A whole page around its content.
pub(crate) fn page(desk: &Desk, said: &Said, title: &str, content: &str) -> String {
    let mut html = Html::default();
    let (lang, (other, other_name)) = (said.lang, said.other);
    html.raw("<!DOCTYPE html>\n<html lang=\"").raw(lang).raw(
        "\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n",
    );
    html.element("title", title).raw(
        "\n<link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n<link rel=\"stylesheet\" href=\"/style.css\">\n\
         <link rel=\"stylesheet\" href=\"/page.css\">\n</head>\n<body>\n",
    );
    html.element("a class=\"skip\" href=\"#main\"", said.skip);
    html.raw("\n<header class=\"top\">\n<h1>")
        .element("a class=\"home\" href=\"/\"", said.title)
        .raw("</h1>\n<p class=\"facts\">");
    for fact in [&desk.mid, &desk.kept_in, &desk.gateway(lang)] {
        html.element("span", fact);
    }
    html.raw("</p>\n")
        .element(
            &format!("a class=\"button\" lang=\"{other}\" hreflang=\"{other}\" href=\"/?lang={other}\""),
            other_name,
        )
        .raw("\n</header>\n<main id=\"main\" tabindex=\"-1\" class=\"stack\">\n")
        .raw(content)
        .raw("\n</main>\n</body>\n</html>\n");
    html.0
}

/// What waits, how many there are in which state, and the batches.
pub(crate) fn list(said: &Said, waiting: &Value, counts: &Value, batches: &Value, flash: Option<&str>) -> String {
    let mut html = Html::default();
    if let Some(flash) = flash {
        html.element("p class=\"outcome good\" role=\"status\"", &format!("{} {flash}", said.written));
    }
    let refunds = waiting.as_array().map_or(&[][..], Vec::as_slice);
    let total = &counts["review"]["refunds"];
    html.raw("<section>");
    if refunds.is_empty() {
        html.raw("<div class=\"empty\">").element("h2", said.nothing).element("p", said.nothing_why).raw("</div>");
    } else {
        html.element("h2", &format!("{}: {}", said.waiting, grouped(total)));
        head(&mut html, &[("grow", said.refund), ("pair", said.why), ("sum", said.amount), ("time", said.since)]);
        for refund in refunds {
            html.raw("<tr><td class=\"grow\">").refund("open", &refund["key"]);
            html.element("small class=\"code\"", &shown(&refund["tid"])).raw("</td>");
            cell(&mut html, "pair", said.why, &shown(&refund["review"][said.lang]["why"]));
            cell(&mut html, "sum", said.amount, &money_in(said.lang, &refund["amount"], &refund["currency"]));
            cell(&mut html, "time", said.since, &kst(&refund["updated_at"]));
            html.raw("</tr>\n");
        }
        html.raw("</tbody></table>");
        if total.as_u64().is_some_and(|total| total > refunds.len() as u64) {
            html.element("p class=\"muted\"", said.more);
        }
    }
    html.raw("</section>\n<form class=\"bar-top\" action=\"/refund\" method=\"get\">");
    let find = format!(
        "input name=\"key\" required maxlength=\"100\" autocomplete=\"off\" aria-label=\"{0}\" placeholder=\"{0}\"",
        said.find
    );
    html.raw("<").raw(&find).raw(">").element("button", said.look_up).raw("</form>\n<section>").element("h2", said.all);
    head(&mut html, &[("grow", said.state), ("sum", said.refunds), ("sum", said.amount)]);
    for state in STATES {
        html.raw("<tr><td class=\"grow\">").state(state).raw("</td>");
        cell(&mut html, "sum", said.refunds, &grouped(&counts[state]["refunds"]));
        cell(&mut html, "sum", said.amount, &grouped(&counts[state]["amount"]));
        html.raw("</tr>\n");
    }
    html.raw("</tbody></table></section>\n");
    let batches = batches.as_array().map_or(&[][..], Vec::as_slice);
    if !batches.is_empty() {
        html.raw("<section>").element("h2", said.batches);
        head(&mut html, &[("grow", said.batch), ("pair", said.state), ("sum", said.ended)]);
        for batch in batches {
            let count = |state: &str| batch["counts"][state]["refunds"].as_u64().unwrap_or_default();
            let (ended, total) = (count("done") + count("declined") + count("void"), &batch["total"]["refunds"]);
            html.raw("<tr>");
            cell(&mut html, "grow", said.batch, &shown(&batch["batch"]));
            html.raw("<td class=\"pair\">").state(&shown(&batch["state"])).raw("</td>");
            let (value, most) = (ended.to_string(), shown(total));
            html.raw("<td class=\"sum\">").text(&format!("{} / {}", grouped(&value.as_str().into()), grouped(total)));
            html.raw(&format!(
                "<progress value=\"{}\" max=\"{}\"></progress></td></tr>\n",
                escaped(&value),
                escaped(&most)
            ));
        }
        html.raw("</tbody></table></section>");
    }
    html.0
}

/// What a person has typed, and what is wrong with it.
#[derive(Default)]
pub(crate) struct Typed<'a> {
    pub(crate) by: &'a str,
    pub(crate) ruling: &'a str,
    pub(crate) note: &'a str,
    pub(crate) remaining: &'a str,
    pub(crate) wrong: Vec<String>,
}

/// One refund: why it waits, what to look for, the rulings, its journal and all that is known.
pub(crate) fn case(said: &Said, refund: &Value, journal: &Value, typed: &Typed<'_>) -> String {
    let mut html = Html::default();
    html.raw("<p>")
        .element("a href=\"/\"", &format!("← {}", said.back))
        .raw("</p>\n<div><h2>")
        .text(&shown(&refund["key"]));
    html.raw(" ").state(&shown(&refund["state"])).raw("</h2>\n<p class=\"lead\">");
    html.element("strong", &money_in(said.lang, &refund["amount"], &refund["currency"]));
    for (name, value) in [(said.paid, &refund["paid"]), (said.left, &refund["remaining"])] {
        html.element("span", &format!("{name} {}", money_in(said.lang, value, &refund["currency"])));
    }
    html.element("span class=\"code\"", &shown(&refund["tid"]));
    html.element("span class=\"muted\"", &kst(&refund["updated_at"]));
    if refund["ruled_by"].is_string() && refund["review"].is_null() {
        html.element(
            "span",
            &format!("{} {} ({})", said.ruled_by, shown(&refund["ruled_by"]), shown(&refund["ruling"])),
        );
    }
    html.raw("</p></div>\n");
    for wrong in &typed.wrong {
        html.element("p class=\"note\" role=\"alert\"", wrong);
    }
    if !refund["review"].is_null() {
        html.raw("<div class=\"split\">\n");
        review(&mut html, said, &refund["review"][said.lang]);
        form(&mut html, said, refund, typed);
        html.raw("</div>\n");
    }
    html.raw("<section>").element("h3", said.happened);
    head(&mut html, &[("grow", said.at), ("pair", said.what), ("pair", said.state)]);
    for entry in journal.as_array().into_iter().flatten() {
        html.raw("<tr>");
        cell(&mut html, "grow", said.at, &kst(&entry["at"]));
        let details = ["note", "ruling", "ruled_by", "ruling_note", "outcome", "kind", "result_code", "result_msg"];
        let details: Vec<_> =
            details.into_iter().filter(|name| !entry[*name].is_null()).map(|name| shown(&entry[name])).collect();
        html.raw("<td class=\"pair\">")
            .text(&shown(&entry["what"]))
            .element("small", &details.join(" · "))
            .raw("</td><td class=\"pair\">");
        html.state(&shown(&entry["state"])).raw("</td></tr>\n");
    }
    html.raw("</tbody></table></section>\n<section class=\"panel\">")
        .element("h3", said.facts)
        .raw("<dl class=\"pairs\">");
    for (name, value) in words::known(refund) {
        html.raw("<div>").element("dt", name).element("dd", &value).raw("</div>\n");
    }
    html.raw("</dl>");
    if let Some(raw) = refund["raw"].as_str() {
        html.element("pre", raw);
    }
    html.raw("</section>");
    html.0
}

fn review(html: &mut Html, said: &Said, review: &Value) {
    html.raw("<section class=\"panel stack\">").element("h3", said.why).element("p", &shown(&review["why"]));
    html.element("h3", said.look_for).raw("<ul class=\"look\">");
    for sentence in review["look_for"].as_array().into_iter().flatten() {
        html.element("li", &shown(sentence));
    }
    html.raw("</ul></section>\n");
}

fn form(html: &mut Html, said: &Said, refund: &Value, typed: &Typed<'_>) {
    html.raw("<form class=\"panel stack\" action=\"/rule\" method=\"post\">").element("h3", said.rule);
    seen(html, refund);
    html.raw("<fieldset class=\"stack\">").element("legend", said.rulings);
    for ruling in ["done", "void", "retry", "resend"] {
        if let Some(does) = refund["review"][said.lang]["rulings"][ruling].as_str() {
            let checked = if typed.ruling == ruling { " checked" } else { "" };
            html.raw(&format!("<label class=\"ruling\"><input type=\"radio\" name=\"ruling\" value=\"{ruling}\" required{checked}><span>"));
            html.element("strong", ruling).element("small", does).raw("</span></label>\n");
        }
    }
    let is_needed = refund["review"]["needs_remaining"] == true;
    html.raw("</fieldset>\n");
    let left = if is_needed { said.remaining_needed } else { said.remaining };
    field(
        html,
        left,
        "remaining",
        typed.remaining,
        if is_needed { "inputmode=\"numeric\" required" } else { "inputmode=\"numeric\"" },
    );
    field(html, said.who, "by", typed.by, "maxlength=\"100\" required");
    field(html, said.note, "note", typed.note, "maxlength=\"1000\"");
    html.raw("<div class=\"actions\">").element("button class=\"primary\"", said.on).raw("</div></form>\n");
}

/// What will be recorded, and the question whether it is to be.
pub(crate) fn confirm(said: &Said, refund: &Value, typed: &Typed<'_>, sends: Option<&str>, is_real: bool) -> String {
    let mut html = Html::default();
    let back = format!("/refund?key={}", super::html::in_a_query(refund["key"].as_str().unwrap_or_default()));
    html.raw("<form class=\"panel stack\" action=\"/rule\" method=\"post\">").element("h2", said.sure);
    for wrong in &typed.wrong {
        html.element("p class=\"note\" role=\"alert\"", wrong);
    }
    seen(&mut html, refund);
    html.raw("<p class=\"lead\">").element("strong", &shown(&refund["key"])).element("strong", typed.ruling);
    html.element("span", &money_in(said.lang, &refund["amount"], &refund["currency"]))
        .element("span class=\"code\"", &shown(&refund["tid"]))
        .raw("</p>\n");
    html.element("p", &shown(&refund["review"][said.lang]["rulings"][typed.ruling]));
    if let Some(gateway) = sends {
        html.element("p class=\"note\"", gateway);
    }
    html.raw("<dl class=\"pairs\">");
    for (name, value) in [(said.who, typed.by), (said.note, typed.note), (said.remaining, typed.remaining)] {
        if !value.is_empty() {
            html.raw("<div>").element("dt", name).element("dd", value).raw("</div>\n");
        }
    }
    html.raw("</dl>\n");
    for (name, value) in [
        ("ruling", typed.ruling),
        ("by", typed.by),
        ("note", typed.note),
        ("remaining", typed.remaining),
        ("sure", "1"),
    ] {
        hidden(&mut html, name, value);
    }
    if is_real {
        field(&mut html, said.type_yes, "yes", "", "maxlength=\"10\" required autofocus");
    }
    html.raw("<div class=\"actions\">").element(&format!("a class=\"button\" href=\"{back}\""), said.not_yet);
    html.element("button class=\"primary\"", said.write).raw("</div></form>\n");
    html.0
}

/// Why a visitor is kept away.
pub(crate) fn kept_away(said: &Said, why: Why) -> String {
    let why = match why {
        Why::Elsewhere => said.elsewhere,
        Why::Stranger => said.stranger,
        Why::Used => said.used,
        Why::Method => said.method,
    };
    empty(said.kept_away, why)
}

/// A page that tells one thing.
pub(crate) fn empty(title: &str, why: &str) -> String {
    let mut html = Html::default();
    html.raw("<div class=\"empty\">").element("h2", title).element("p", why).raw("</div>");
    html.0
}

fn head(html: &mut Html, columns: &[(&str, &str)]) {
    html.raw("<table><thead><tr>");
    for (class, name) in columns {
        html.element(&format!("th scope=\"col\" class=\"{class}\""), name);
    }
    html.raw("</tr></thead><tbody>\n");
}

/// A cell; on a narrow screen it says its column.
fn cell(html: &mut Html, class: &str, column: &str, text: &str) {
    html.raw("<td class=\"").raw(class).raw("\">").element("span class=\"of\"", column).text(text).raw("</td>");
}

/// Which refund was seen, and as of when.
fn seen(html: &mut Html, refund: &Value) {
    hidden(html, "key", refund["key"].as_str().unwrap_or_default());
    hidden(html, "seen", &as_seen(refund));
}

/// As what a refund was seen: what changes with each write.
pub(crate) fn as_seen(refund: &Value) -> String {
    format!("{} {}", shown(&refund["state"]), shown(&refund["updated_at"]))
}

fn hidden(html: &mut Html, name: &str, value: &str) {
    html.raw(&format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">\n", escaped(value)));
}

fn field(html: &mut Html, label: &str, name: &str, value: &str, more: &str) {
    html.raw("<label class=\"field\">").element("span", label);
    html.raw(&format!("<input name=\"{name}\" value=\"{}\" autocomplete=\"off\" {more}></label>\n", escaped(value)));
}
