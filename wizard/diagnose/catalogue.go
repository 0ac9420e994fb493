package diagnose

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"postkey/assets"
)

// dataFile holds the findings and their rules.
const dataFile = "catalog/findings.json"

// catalogue is the parsed data file.
type catalogue struct {
	// Labels stand before an error number in the browser and in sign-in logs;
	// SignIn are words, one of which must stand near such a label.
	Labels []string `json:"labels"`
	SignIn []string `json:"sign_in"`
	// Support names, in several languages, what Microsoft's support asks for.
	Support struct {
		Correlation []string `json:"correlation"`
		Trace       []string `json:"trace"`
		Timestamp   []string `json:"timestamp"`
	} `json:"support"`
	// MailAudiences are the aud values of tokens that mail servers accept,
	// beside the connection's own mail resource.
	MailAudiences []string `json:"mail_audiences"`
	// GraphAudiences are those that Microsoft Graph accepts.
	GraphAudiences []string `json:"graph_audiences"`
	// Scopes and Roles name, for each leg, the permissions that the test needs:
	// the delegated one, and those of an application.
	Scopes map[string]string   `json:"scopes"`
	Roles  map[string][]string `json:"roles"`
	// Guidance is what the guide of a product adds to findings; Products holds
	// words by which a text betrays that it comes from a product.
	Guidance []guidance          `json:"guidance"`
	Products map[string][]string `json:"products"`
	// Findings stand in the order in which they are looked through: the first
	// of several equal matches wins.
	Findings []*entry `json:"findings"`

	label, correlation, trace, timestamp *regexp.Regexp
	labelEnds                            []string // the last word of each label
	vocabulary                           map[string]bool
	signIn                               []phrase
	byID                                 map[string]*entry
}

// entry is one finding of the catalogue. Its sentences are found by its id:
// findings.ID.title, .what, .why, .fix.1 and so on.
type entry struct {
	ID  string `json:"id"`
	Who Who    `json:"who"`
	// Fix is the number of steps.
	Fix int `json:"fix"`
	// Commands and Link hold names in braces; see values.go. A command that
	// names {delegate?} is left out when there is no delegate.
	Commands []string `json:"commands"`
	Link     string   `json:"link"`
	// LookUp is the link in place of Link where the text carries an AADSTS number.
	LookUp string `json:"look_up"`
	// Delay is the key behind findings.delay; empty when the fix applies at once.
	Delay string `json:"delay"`
	// Source says where the facts come from.
	Source string `json:"source"`
	Match  []rule `json:"match"`
	// Refines makes this finding the better name for one of others.
	Refines []refinement `json:"refines"`
}

// guidance is advice of a product's own guide. Its sentence is
// findings.guidance.ID.
type guidance struct {
	ID      string   `json:"id"`
	Product string   `json:"product"`
	Of      []string `json:"of"` // the findings that it adds to
	Source  string   `json:"source"`
}

// rule is one way to recognise a finding. All of what it holds must apply; of
// each list, one member.
type rule struct {
	// Codes are AADSTS numbers, Ranges spans of them with both ends.
	Codes  []int    `json:"codes"`
	Ranges [][2]int `json:"ranges"`
	// Words and With are phrases; see phrase. With is a second condition.
	Words []string `json:"words"`
	With  []string `json:"with"`
	// Not are phrases of which none may stand in the text.
	Not []string `json:"not"`
	// OAuth are values of the field "error" of an OAuth answer.
	OAuth []string `json:"oauth"`
	// Kinds are typed errors; see typed.go.
	Kinds []string `json:"kinds"`
	// When are facts of the evidence, each of which must hold; see evidence.go.
	When []string `json:"when"`
	// Rank orders several matches: 50 unless told, or 59 with Codes. Below 50,
	// the rule counts only when no other finding matches.
	Rank int `json:"rank"`

	words, with, not []phrase
}

// The Rank of a rule that does not name one. A number of Entra's is a cause by
// itself: it comes before words about the network, which other lines of a log hold.
const (
	ordinary = 50
	numbered = 59
)

// refinement says that a finding in Of is in truth this one when all facts in
// When hold. An empty Of stands for evidence without any error.
type refinement struct {
	Of   []string `json:"of"`
	When []string `json:"when"`
	Rank int      `json:"rank"`
}

// data is the catalogue; it is embedded and tested, so reading it cannot fail.
var data = sync.OnceValue(func() *catalogue {
	raw, err := assets.Catalog.ReadFile(dataFile)
	if err == nil {
		var c *catalogue
		if c, err = parse(raw); err == nil {
			return c
		}
	}
	panic(fmt.Sprintf("%s: %v", dataFile, err))
})

// IDs returns the id of every finding of the catalogue, in its order.
func IDs() []string {
	ids := make([]string, len(data().Findings))
	for i, e := range data().Findings {
		ids[i] = e.ID
	}
	return ids
}

func parse(raw []byte) (*catalogue, error) {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.DisallowUnknownFields()
	c := &catalogue{byID: map[string]*entry{}}
	if err := dec.Decode(c); err != nil {
		return nil, err
	}
	c.label = regexp.MustCompile(`(?:` + alternatives(c.Labels) + `)["']?\s?[:=#：]?\s?["'(]?$`)
	const id = `["']?\s?[:=]?\s?["']?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})`
	c.correlation = regexp.MustCompile(`(?i)(?:` + alternatives(c.Support.Correlation) + `)` + id)
	c.trace = regexp.MustCompile(`(?i)(?:` + alternatives(c.Support.Trace) + `)` + id)
	c.timestamp = regexp.MustCompile(`(?i)(?:` + alternatives(c.Support.Timestamp) + `)` +
		`["']?\s?[:=]?\s?["']?(\d{4}-\d\d-\d\d[t ]\d\d:\d\d:\d\d(?:\.\d+)?\s?(?:z|[+-]\d\d:?\d\d)?)`)
	c.signIn = phrases(c.SignIn)
	c.vocabulary = map[string]bool{}
	for _, label := range c.Labels {
		words := wordsIn(label)
		c.labelEnds = append(c.labelEnds, words[len(words)-1])
		c.learn(label)
	}
	for _, e := range c.Findings {
		if c.byID[e.ID] != nil {
			return nil, fmt.Errorf("finding %s stands twice", e.ID)
		}
		c.byID[e.ID] = e
		for i := range e.Match {
			r := &e.Match[i]
			r.words, r.with, r.not = phrases(r.Words), phrases(r.With), phrases(r.Not)
			for _, w := range slices.Concat(r.Words, r.With, r.Not) {
				c.learn(w)
			}
			switch {
			case r.Rank != 0:
			case r.coded():
				r.Rank = numbered
			default:
				r.Rank = ordinary
			}
		}
	}
	if c.byID[Unknown] == nil {
		return nil, fmt.Errorf("finding %s is missing", Unknown)
	}
	return c, nil
}

// learn puts the words of text into the vocabulary.
func (c *catalogue) learn(text string) {
	for _, w := range wordsIn(text) {
		c.vocabulary[w] = true
	}
}

func phrases(words []string) []phrase {
	var out []phrase
	for _, w := range words {
		out = append(out, newPhrase(w))
	}
	return out
}

// alternatives makes a regular expression of words, the longest first; a blank
// stands for a blank, a hyphen, an underscore or nothing.
func alternatives(words []string) string {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	for i, w := range words {
		words[i] = strings.ReplaceAll(regexp.QuoteMeta(w), " ", `[ _-]?`)
	}
	return strings.Join(words, "|")
}
