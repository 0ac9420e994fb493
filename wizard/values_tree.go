package wizard

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"postkey/assets"
	"postkey/wizard/catalog"
)

// valuesDepth is how deep a values file may nest; its form needs five.
const valuesDepth = 8

// valuesProblems is how many problems of one file are told.
const valuesProblems = 1000

// kind is the type of a JSON value, by the word for it in a sentence's key.
type kind string

const (
	kindObject kind = "object"
	kindList   kind = "list"
	kindText   kind = "text"
	kindNumber kind = "number"
	kindBool   kind = "bool"
	kindNull   kind = "null"
)

// node is a JSON value that knows its line.
type node struct {
	kind    kind
	line    int
	text    string   // of a text or number
	flag    bool     // of a bool
	members []member // of an object, in order, duplicates included
	items   []*node  // of a list
}

type member struct {
	name  string
	line  int
	value *node
}

// treeReader builds nodes from the tokens of one document.
type treeReader struct {
	dec   *json.Decoder
	lines []int // offsets of the line breaks
}

// parseValues reads one JSON document into nodes.
func parseValues(raw []byte) (*node, *ValuesError) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, &ValuesError{Message: assets.Msg("wizard.values-empty")}
	}
	t := treeReader{dec: json.NewDecoder(bytes.NewReader(raw))}
	for i, b := range raw {
		if b == '\n' {
			t.lines = append(t.lines, i)
		}
	}
	if at := invalidUTF8(raw); at >= 0 {
		return nil, &ValuesError{Line: t.line(at), Message: assets.Msg("wizard.values-not-utf8")}
	}
	var syntax *json.SyntaxError
	var whole json.RawMessage
	if err := json.Unmarshal(raw, &whole); errors.As(err, &syntax) {
		at := max(int(syntax.Offset)-1, 0)
		return nil, &ValuesError{Line: t.line(at), Message: assets.Msg("wizard.values-syntax", "Detail", syntax.Error())}
	}
	t.dec.UseNumber()
	root, err := t.value(0)
	var wrong *ValuesError
	switch {
	case err == nil:
		return root, nil
	case errors.As(err, &wrong):
		return nil, wrong
	}
	return nil, &ValuesError{Line: t.here(), Message: assets.Msg("wizard.values-syntax", "Detail", err.Error())}
}

func invalidUTF8(raw []byte) int {
	for i := 0; i < len(raw); {
		r, size := utf8.DecodeRune(raw[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// value reads the next value.
func (t *treeReader) value(depth int) (*node, error) {
	token, err := t.dec.Token()
	if err != nil {
		return nil, err
	}
	n := &node{line: t.here()}
	switch v := token.(type) {
	case json.Delim:
		if depth >= valuesDepth {
			return nil, &ValuesError{Line: n.line, Message: assets.Msg("wizard.values-deep")}
		}
		if v == '{' {
			n.kind = kindObject
			return n, t.object(n, depth)
		}
		n.kind = kindList
		return n, t.list(n, depth)
	case string:
		n.kind, n.text = kindText, v
	case json.Number:
		n.kind, n.text = kindNumber, v.String()
	case bool:
		n.kind, n.flag = kindBool, v
	default:
		n.kind = kindNull
	}
	return n, nil
}

func (t *treeReader) object(n *node, depth int) error {
	for t.dec.More() {
		token, err := t.dec.Token()
		if err != nil {
			return err
		}
		m := member{name: fmt.Sprint(token), line: t.here()}
		if m.value, err = t.value(depth + 1); err != nil {
			return err
		}
		n.members = append(n.members, m)
	}
	_, err := t.dec.Token() // the closing brace
	return noEOF(err)
}

func (t *treeReader) list(n *node, depth int) error {
	for t.dec.More() {
		item, err := t.value(depth + 1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := t.dec.Token() // the closing bracket
	return noEOF(err)
}

// noEOF makes the end of the file inside a value an error of its own.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// here is the line of the token that was read last: no token spans two lines.
func (t *treeReader) here() int { return t.line(max(int(t.dec.InputOffset())-1, 0)) }

func (t *treeReader) line(offset int) int { return sort.SearchInts(t.lines, offset) + 1 }

// valuesReader collects what is wrong while it walks the nodes.
type valuesReader struct {
	cat      *catalog.Catalog
	problems []*ValuesError
	bad      map[string]bool // the paths that have a problem
}

func (r *valuesReader) fail(line int, path, key string, pairs ...any) {
	r.failWith(line, path, assets.Msg("wizard."+key, pairs...))
}

func (r *valuesReader) failWith(line int, path string, message assets.Message) {
	if r.bad == nil {
		r.bad = make(map[string]bool)
	}
	r.bad[path] = true
	if len(r.problems) == valuesProblems {
		return
	}
	r.problems = append(r.problems, &ValuesError{Line: line, Field: path, Message: message})
}

// err returns all problems as one error; nil without any.
func (r *valuesReader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b *ValuesError) int {
		return cmp.Or(a.Line-b.Line, strings.Compare(a.Field, b.Field))
	})
	first := *r.problems[0]
	first.More = r.problems[1:]
	return &first
}

// is checks the type of a value.
func (r *valuesReader) is(n *node, path string, want kind) bool {
	if n.kind != want {
		r.fail(n.line, path, "values-type-"+string(want))
		return false
	}
	return true
}

// object returns the members of an object by name, and names those that are
// there twice or not allowed.
func (r *valuesReader) object(n *node, path string, allowed ...string) map[string]*node {
	out := make(map[string]*node)
	if !r.is(n, path, kindObject) {
		return out
	}
	for _, m := range n.members {
		at := join(path, m.name)
		switch {
		case !slices.Contains(allowed, m.name) && secretName(m.name):
			r.fail(m.line, at, "values-secret")
		case !slices.Contains(allowed, m.name):
			r.fail(m.line, at, "values-unknown-field", "Allowed", strings.Join(allowed, ", "))
		case out[m.name] != nil:
			r.fail(m.line, at, "values-twice")
		default:
			out[m.name] = m.value
		}
	}
	return out
}

// secretName reports whether someone put a secret where none may be.
func secretName(field string) bool {
	field = strings.ToLower(field)
	return strings.Contains(field, "secret") || strings.Contains(field, "password") || strings.Contains(field, "token")
}

// text reads a text into the given place; an absent one leaves it as it is.
func (r *valuesReader) text(from map[string]*node, path, name string, into *string) {
	if n := from[name]; n != nil && r.is(n, join(path, name), kindText) {
		*into = n.text
	}
}

// texts reads a list of texts.
func (r *valuesReader) texts(from map[string]*node, path, name string) (out []string) {
	n := from[name]
	if n == nil || !r.is(n, join(path, name), kindList) {
		return nil
	}
	for i, item := range n.items {
		if r.is(item, index(join(path, name), i), kindText) {
			out = append(out, item.text)
		}
	}
	return out
}

// join appends a field to a path; a name that would not read as one is quoted.
func join(path, name string) string {
	if name == "" || strings.IndexFunc(name, func(r rune) bool { return !letterOrDigit(r) && r != '_' && r != '-' }) >= 0 {
		name = strconv.Quote(shown(name))
	}
	name = shown(name)
	if path == "" {
		return name
	}
	return path + "." + name
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
