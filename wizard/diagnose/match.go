package diagnose

import (
	"cmp"
	"slices"
)

// facts is everything that rules are held against.
type facts struct {
	said  string          // as plain returns it
	text  string          // said in lower case
	words map[string]bool // those of text that rules name
	codes []found
	kinds map[string]bool // typed errors
	when  map[string]bool // facts of the evidence
	// other returns the facts of the same text with its lines joined otherwise;
	// nil: there are none.
	other func() facts
}

// hit is a finding that applies.
type hit struct {
	entry *entry
	rank  int
	at    int  // where in the text it was recognised
	coded bool // by an AADSTS number or OAuth's field "error"
	words bool // by words
}

// match returns every finding that applies, each once, the most specific first.
func (c *catalogue) match(f facts) []hit {
	var hits []hit
	best := 0
	for _, e := range c.Findings {
		h, ok := e.match(f)
		if !ok {
			continue
		}
		hits = append(hits, h)
		best = max(best, h.rank)
	}
	if best >= ordinary {
		hits = slices.DeleteFunc(hits, func(h hit) bool { return h.rank < ordinary })
	} else if len(f.codes) > 0 && !slices.ContainsFunc(hits, func(h hit) bool { return h.coded }) {
		// Entra named a cause, which is not known; what else the text says of a
		// refused sign-in or a lost connection is what came of it.
		hits = slices.DeleteFunc(hits, func(h hit) bool { return h.words })
	}
	for i := range hits {
		hits[i] = c.refine(hits[i], f)
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(b.rank, a.rank), cmp.Compare(a.at, b.at))
	})
	seen := map[string]bool{}
	return slices.DeleteFunc(hits, func(h hit) bool {
		twice := seen[h.entry.ID]
		seen[h.entry.ID] = true
		return twice
	})
}

// match returns the best of the entry's rules that applies.
func (e *entry) match(f facts) (hit, bool) {
	var best hit
	for i := range e.Match {
		r := &e.Match[i]
		if at, ok := r.applies(f); ok && r.Rank > best.rank {
			best = hit{e, r.Rank, at, r.coded() || len(r.OAuth) > 0, len(r.Words) > 0}
		}
	}
	return best, best.entry != nil
}

// applies reports whether every condition of the rule holds, and where in the text the first of them does.
func (r *rule) applies(f facts) (at int, ok bool) {
	at = -1
	place := func(i int) bool {
		if i >= 0 && at < 0 {
			at = i
		}
		return i >= 0
	}
	if !all(f.when, r.When) || len(r.Kinds) > 0 && !some(f.kinds, r.Kinds) {
		return 0, false
	}
	if r.coded() && !place(f.code(r)) {
		return 0, false
	}
	if len(r.OAuth) > 0 && !place(f.oauth(r.OAuth)) {
		return 0, false
	}
	if len(r.words) > 0 && !place(f.first(r.words)) {
		return 0, false
	}
	if len(r.with) > 0 && f.first(r.with) < 0 || f.first(r.not) >= 0 {
		return 0, false
	}
	// What must not be there may have been broken.
	if len(r.not) > 0 && f.other != nil && f.other().first(r.not) >= 0 {
		return 0, false
	}
	return max(at, 0), true
}

// coded reports whether the rule asks for an AADSTS number.
func (r *rule) coded() bool { return len(r.Codes)+len(r.Ranges) > 0 }

// code returns where one of the rule's codes stands, or -1.
func (f facts) code(r *rule) int {
	for _, c := range f.codes {
		if r.asks(c.code) {
			return c.at
		}
	}
	return -1
}

// asks reports whether the AADSTS number is one of the rule's.
func (r *rule) asks(code int) bool {
	in := func(span [2]int) bool { return code >= span[0] && code <= span[1] }
	return slices.Contains(r.Codes, code) || slices.ContainsFunc(r.Ranges, in)
}

// first returns where the earliest of the phrases stands, or -1.
func (f facts) first(phrases []phrase) int {
	best := -1
	for _, p := range phrases {
		if !all(f.words, p.words) {
			continue
		}
		if i := p.in(f.text); i >= 0 && (best < 0 || i < best) {
			best = i
		}
	}
	return best
}

func all(have map[string]bool, want []string) bool {
	return !slices.ContainsFunc(want, func(w string) bool { return !have[w] })
}

func some(have map[string]bool, want []string) bool {
	return slices.ContainsFunc(want, func(w string) bool { return have[w] })
}

// refine replaces a finding by the more specific one that the evidence proves:
// the catalogue's refinements with the highest rank come first.
func (c *catalogue) refine(h hit, f facts) hit {
	id, best := h.entry.ID, hit{}
	for _, e := range c.Findings {
		for _, r := range e.Refines {
			if slices.Contains(r.Of, id) && all(f.when, r.When) && r.Rank > best.rank {
				best = hit{entry: e, rank: r.Rank, at: h.at}
			}
		}
	}
	if best.entry == nil {
		return h
	}
	best.rank = max(h.rank, ordinary) + best.rank
	return best
}

// alone returns the finding that the evidence proves without any error.
func (c *catalogue) alone(f facts) (hit, bool) {
	var best hit
	for _, e := range c.Findings {
		for _, r := range e.Refines {
			if slices.Contains(r.Of, withoutError) && all(f.when, r.When) && r.Rank > best.rank {
				best = hit{entry: e, rank: r.Rank}
			}
		}
	}
	return best, best.entry != nil
}

// withoutError stands in a refinement's Of for evidence without any error.
const withoutError = "no error"
