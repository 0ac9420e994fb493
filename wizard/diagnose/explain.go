package diagnose

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/check"
)

// Explain finds the cause of ev.Err. It always returns a finding; Unknown when
// nothing matches.
func Explain(ev Evidence) Finding {
	f, _ := explain(ev)
	return f
}

// explain is Explain with how specific the finding is.
func explain(ev Evidence) (Finding, int) {
	c := data()
	words := readable(wordsOf(ev.Err))
	fa := c.facts(words, " ", ev)
	best := hit{entry: c.byID[Unknown]}
	if ev.Err == nil {
		if h, ok := c.alone(fa); ok {
			best = h
		}
	} else if hits, _ := c.mended(fa, func() facts { return c.facts(words, "", ev) }); len(hits) > 0 {
		best = hits[0]
	}
	f := c.finding(best.entry, ev, fa.text)
	c.lookUp(&f, best.entry, ev, fa.codes)
	f.Server = redact(words)
	f.Evidence = c.compare(ev, best.entry.ID)
	c.support(words, &f)
	if entra, ok := errors.AsType[*oauth.Error](ev.Err); ok {
		supportFrom(entra, &f)
	}
	return f, best.rank
}

// ExplainResult finds the causes of a failed test: each once, however many
// legs it stopped, what failed at the token first, then the most specific
// first. ev holds what is known beside the result. It is empty when the test
// passed.
func ExplainResult(res check.Result, ev Evidence) []Finding {
	type ranked struct {
		Finding
		rank int
	}
	var all []ranked
	for _, leg := range res.Legs {
		hop, failed := leg.Failed()
		if !failed || errors.Is(hop.Err, context.Canceled) {
			continue
		}
		at := ev
		if own, ok := ev.Tokens[leg.Leg]; ok {
			at.Claims, at.Granted = own.Claims, own.Granted
		}
		at.Leg, at.Hop, at.Login, at.Err = leg.Leg, hop.Name, leg.Login, hop.Err
		if at.Err == nil {
			at.Err = errors.New(cmp.Or(hop.Server, "the server did not say why"))
		}
		f, rank := explain(at)
		if hop.Name == check.Token {
			rank += 1000
		}
		same := func(o ranked) bool { return o.ID == f.ID && (f.ID != Unknown || o.Server == f.Server) }
		if !slices.ContainsFunc(all, same) {
			all = append(all, ranked{f, rank})
		}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.rank, a.rank) })
	var out []Finding
	for _, r := range all {
		out = append(out, r.Finding)
	}
	return out
}

// ExplainText finds the causes named in any text, the most specific first: an
// error message, a page copied from the browser, a log of megabytes. It needs
// no network and knows of no connection, so commands hold names in angle
// brackets. The result is never empty: Unknown stands alone.
func ExplainText(text string) []Finding {
	c := data()
	text = readable(text)
	ev := Evidence{Err: errors.New("text")}
	clear := decoded(text)
	small := lower(clear)
	ev.SecretLooksLikeID = sentID.MatchString(small)
	ev.Connection.Product = c.productIn(small)
	fa := c.factsOf(clear, " ", ev)
	hits, fa := c.mended(fa, func() facts { return c.factsOf(clear, "", ev) })
	if len(hits) == 0 {
		hits = []hit{{entry: c.byID[Unknown]}}
		if len(fa.codes) > 0 {
			hits[0].at = fa.codes[0].at
		}
	}
	out := make([]Finding, 0, len(hits))
	for _, h := range hits {
		near := fa.said[min(h.at, len(fa.said)):]
		near = near[:min(len(near), wholeText)]
		f := c.finding(h.entry, ev, lower(near))
		c.lookUp(&f, h.entry, ev, fa.codes)
		f.Server = excerpt(text, fa, h)
		c.support(near, &f)
		if len(hits) == 1 { // the IDs may stand before the words
			c.support(fa.said[:min(len(fa.said), 4*wholeText)], &f)
		}
		out = append(out, f)
	}
	return out
}

// shortText is up to which length, in bytes, a text is always matched twice.
const shortText = 16 << 10

// mended matches f, and the facts of the same text with broken words mended
// where that says more. In a long text words are mended only where nothing
// certain was found.
func (c *catalogue) mended(f facts, mend func() facts) ([]hit, facts) {
	f.other = sync.OnceValue(mend)
	hits := c.match(f)
	if len(hits) > 0 && hits[0].rank >= ordinary && len(f.text) > shortText {
		return hits, f
	}
	whole := f.other()
	whole.other = func() facts { return f }
	if other := c.match(whole); len(other) > 0 && (len(hits) == 0 || other[0].rank > hits[0].rank) {
		return other, whole
	}
	return hits, f
}

// facts of the words and the evidence.
func (c *catalogue) facts(words, joint string, ev Evidence) facts {
	f := c.factsOf(decoded(words), joint, ev)
	if entra, ok := errors.AsType[*oauth.Error](ev.Err); ok {
		for _, code := range entra.Codes {
			f.codes = append(f.codes, found{code, 0})
		}
		f.when = c.when(ev, len(f.codes) > 0)
	}
	return f
}

// factsOf takes decoded text; joint is plain's.
func (c *catalogue) factsOf(clear, joint string, ev Evidence) facts {
	f := facts{said: plain(c.rejoined(clear), joint), kinds: kindsOf(ev.Err)}
	f.text = lower(f.said)
	f.words = c.known(f.text)
	f.codes = c.codesIn(f.text, f.words)
	f.kinds["reply-later"] = replies(f.text, " 4.", laterReply)
	f.kinds["reply-refused"] = replies(f.text, " 5.", refusedReply)
	f.when = c.when(ev, len(f.codes) > 0)
	return f
}

// sentID finds the log of a request that carried the Secret ID in place of the secret.
var sentID = regexp.MustCompile(`client_secret["']?\s?[=:]\s?["']?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// SMTP replies whose two codes say the same: later, or refused.
var (
	laterReply   = regexp.MustCompile(`(?:^|[^0-9a-z.-])4[0-9]{2} 4\.[0-9]{1,3}\.[0-9]{1,3}(?:[^0-9.]|$)`)
	refusedReply = regexp.MustCompile(`(?:^|[^0-9a-z.-])55[0-4] 5\.[0-9]{1,3}\.[0-9]{1,3}(?:[^0-9.]|$)`)
)

// replies reports whether text holds an SMTP reply of the form, between whose
// codes middle stands.
func replies(text, middle string, form *regexp.Regexp) bool {
	const before, after = 5, 11 // bytes of "x451 4.123.123x" around the blank
	for from := 0; ; {
		i := strings.Index(text[from:], middle)
		if i < 0 {
			return false
		}
		i += from
		if form.MatchString(text[max(0, i-before):min(len(text), i+after)]) {
			return true
		}
		from = i + 1
	}
}

// finding fills the sentences, commands and link of e; text is what was said.
func (c *catalogue) finding(e *entry, ev Evidence, text string) Finding {
	v := valuesOf(ev)
	sentences := v.sentences(ev, c, text)
	msg := func(key string) assets.Message {
		return assets.Message{Key: "findings." + key, Data: sentences}
	}
	f := Finding{
		ID: e.ID, Who: e.Who, Link: v.link(e.Link), Source: e.Source,
		Title: msg(e.ID + ".title"), What: msg(e.ID + ".what"), Why: msg(e.ID + ".why"),
	}
	if e.Delay != "" {
		f.Delay = msg("delay." + e.Delay)
	}
	for i := range e.Fix {
		f.Fix = append(f.Fix, msg(fmt.Sprintf("%s.fix.%d", e.ID, i+1)))
	}
	for _, id := range c.guides(e.ID, ev.Connection.Product, text) {
		f.Guidance = append(f.Guidance, msg("guidance."+id))
	}
	for _, text := range e.Commands {
		if command, ok := v.command(text); ok && !slices.Contains(f.Commands, command) {
			f.Commands = append(f.Commands, command)
		}
	}
	return f
}

// lookUp names the number of Entra's that no rule knows, with Microsoft's page about it.
func (c *catalogue) lookUp(f *Finding, e *entry, ev Evidence, codes []found) {
	if e.LookUp == "" || len(codes) == 0 {
		return
	}
	v := valuesOf(ev)
	v.code = strconv.Itoa(codes[0].code)
	f.Link = v.link(e.LookUp)
	f.Title.Data["Code"] = v.code // the sentences share their values
}

// support fills what Microsoft's support asks for from text, where f lacks it.
func (c *catalogue) support(text string, f *Finding) {
	take := func(have *string, re *regexp.Regexp) {
		if m := re.FindStringSubmatch(text); *have == "" && m != nil {
			*have = strings.TrimSpace(m[1])
		}
	}
	take(&f.CorrelationID, c.correlation)
	take(&f.TraceID, c.trace)
	take(&f.Timestamp, c.timestamp)
}

// wholeText is up to which length a text is shown whole, in bytes.
const wholeText = 4000

// excerpt is the part of a long text that the finding was recognised by, without
// secrets. They are taken out before it is cut: the half of one is not recognised.
func excerpt(text string, f facts, h hit) string {
	const before, after = 300, 1200
	switch {
	case len(text) <= wholeText:
		return redact(strings.TrimSpace(text))
	case h.entry.ID == Unknown && h.at == 0:
		text = redact(cut(strings.TrimSpace(text), 0, maxSecret))
		return cut(text, 0, wholeText)
	}
	head := redact(f.said[max(0, h.at-maxSecret):h.at])
	tail := redact(f.said[h.at:min(len(f.said), h.at+maxSecret)])
	from := max(0, len(head)-before)
	return cut(head+tail, from, len(head)+after)
}

// maxSecret is how much of a text is searched for secrets on either side of an
// excerpt, in bytes: more than the longest token has.
const maxSecret = 24 << 10

// cut returns text[from:to] with marks where it was cut, never within a character.
func cut(text string, from, to int) string {
	to = min(to, len(text))
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to--
	}
	out := text[from:to]
	if from > 0 {
		out = "…" + out
	}
	if to < len(text) {
		out += "…"
	}
	return out
}

// Damaged is the finding for a file of Postkey's own that was moved aside.
func Damaged(d store.Damage) Finding {
	c := data()
	f := c.finding(c.byID["store-corrupt"], Evidence{}, "")
	for _, m := range append([]assets.Message{f.Title, f.What, f.Why}, f.Fix...) {
		m.Data["Path"], m.Data["KeptAs"] = d.Path, d.KeptAs
	}
	if d.Err != nil {
		f.Server = redact(readable(d.Err.Error()))
	}
	return f
}
