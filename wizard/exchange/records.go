package exchange

import (
	"regexp"
	"strings"
)

// record is one object that a command has printed.
type record struct {
	fields map[string]field // by the property's name in lower case
	echo   echo             // the command line above it, if it was pasted too
}

// field is one property of a record.
type field struct {
	value string
	// cut says that the console left out the end or the beginning.
	cut bool
}

// echo is a command line in pasted text.
type echo struct {
	cmdlet string // such as Get-CASMailbox
	// about is the mailbox or the application that it asks about.
	about string
	line  string
}

func (r record) has(names ...string) bool {
	for _, name := range names {
		if _, ok := r.fields[strings.ToLower(name)]; !ok {
			return false
		}
	}
	return true
}

func (r record) any(names ...string) bool {
	for _, name := range names {
		if r.has(name) {
			return true
		}
	}
	return false
}

// get returns the first property of these that has a value.
func (r record) get(names ...string) field {
	for _, name := range names {
		if f := r.fields[strings.ToLower(name)]; f.value != "" {
			return f
		}
	}
	return field{}
}

var (
	property  = regexp.MustCompile(`^ {0,3}([A-Za-z][A-Za-z0-9]*)( *): ?(.*)$`)
	dashes    = regexp.MustCompile(`^ *-{2,}(?: +-{2,})* *$|^ *-(?: +-+)+ *$`)
	cmdlet    = regexp.MustCompile(`(?i)\b((?:get|set|new|add|remove|test|enable|disable)-[a-z]{4,})\b`)
	aboutWhat = regexp.MustCompile(`(?i) -(?:identity|resource) +('(?:[^']|'')*'|"[^"]*"|[^\s|;{}]+)`)
	positive  = regexp.MustCompile(`(?i)^.*?\b(?:get|test)-[a-z]+ +('(?:[^']|'')*'|"[^"]*"|[^\s|;{}-][^\s|;{}]*)`)
)

// parser gathers records from lines.
type parser struct {
	records []record
	echoes  []echo
	current *record // of a list
	last    string  // its last property
	indent  int     // where its values begin
	echo    echo
	loose   bool // every line is followed by an empty one
	empty   int  // empty lines in a row
}

// maxRecords is how many objects of an output are looked at.
const maxRecords = 5000

// parse finds all records in the list and the table form, and the command lines.
func parse(lines []string) ([]record, []echo) {
	p := parser{loose: loose(lines)}
	for i := 0; i < len(lines) && len(p.records) < maxRecords; i++ {
		line := lines[i]
		if i+1 < len(lines) && dashes.MatchString(lines[i+1]) && strings.TrimSpace(line) != "" {
			p.end()
			i = p.table(lines, i)
			continue
		}
		p.line(line)
	}
	p.end()
	return p.records, p.echoes
}

// loose reports whether the text has an empty line after each line, as some
// programs paste it.
func loose(lines []string) bool {
	properties := 0
	for i, line := range lines {
		if !property.MatchString(line) {
			continue
		}
		properties++
		if i+1 < len(lines) && lines[i+1] != "" {
			return false
		}
	}
	return properties > 2
}

func (p *parser) end() {
	if p.current != nil {
		p.records = append(p.records, *p.current)
	}
	p.current, p.last = nil, ""
}

// line reads one line outside of tables.
func (p *parser) line(line string) {
	if line == "" {
		p.empty++
		if !p.loose || p.empty > 1 {
			p.end()
		}
		return
	}
	p.empty = 0
	if m := property.FindStringSubmatch(line); m != nil && !p.continues(line) {
		name := strings.ToLower(m[1])
		if p.current != nil && p.current.has(name) {
			p.end()
		}
		if p.current == nil {
			p.current = &record{fields: make(map[string]field), echo: p.echo}
		}
		p.current.fields[name] = fieldOf(m[3])
		p.last, p.indent = name, len(m[1])+len(m[2])+1
		return
	}
	if p.current != nil && p.continues(line) {
		f := p.current.fields[p.last]
		p.current.fields[p.last] = fieldOf(f.value + " " + line)
		return
	}
	if m := cmdlet.FindStringSubmatch(line); m != nil {
		p.end()
		p.echo = echo{cmdlet: m[1], line: line, about: aboutOf(line)}
		p.echoes = append(p.echoes, p.echo)
	}
}

// continues reports whether a line goes on with a value that the console has wrapped.
func (p *parser) continues(line string) bool {
	return p.current != nil && p.last != "" && p.indent > 1 && len(line)-len(strings.TrimLeft(line, " ")) >= p.indent
}

// aboutOf is the value of -Identity or -Resource on a command line, or that of
// the first position; a variable is none.
func aboutOf(line string) string {
	value := ""
	for _, m := range aboutWhat.FindAllStringSubmatch(line, -1) {
		value = m[1] // of Test-ServicePrincipalAuthorization the resource, which is last
	}
	if m := positive.FindStringSubmatch(line); value == "" && m != nil {
		value = m[1]
	}
	switch {
	case strings.HasPrefix(value, "$"):
		return ""
	case strings.HasPrefix(value, "'"):
		return strings.ReplaceAll(strings.Trim(value, "'"), "''", "'")
	}
	return strings.Trim(value, `"`)
}

// fieldOf judges whether a value was cut.
func fieldOf(value string) field {
	value = strings.TrimSpace(value)
	for _, mark := range []string{"...", "…", ".."} {
		if rest, ok := strings.CutSuffix(value, mark); ok {
			return field{strings.TrimSpace(rest), true}
		}
		if rest, ok := strings.CutPrefix(value, mark); ok {
			return field{strings.TrimSpace(rest), true}
		}
	}
	return field{value: value}
}

// table reads a table whose names are in line at, and returns its last line.
func (p *parser) table(lines []string, at int) int {
	starts := columns(lines[at+1])
	names := cells([]rune(lines[at]), starts)
	i := at + 2
	var open *record // the row above, which a wrapped row goes on with
	for ; i < len(lines) && len(p.records) < maxRecords; i++ {
		line := lines[i]
		if line == "" || cmdlet.MatchString(line) && strings.Contains(line, ">") || i+1 < len(lines) && dashes.MatchString(lines[i+1]) {
			break
		}
		values := cells([]rune(line), starts)
		if open != nil && values[0] == "" {
			for c, value := range values {
				if name := strings.ToLower(names[c]); value != "" && name != "" {
					open.fields[name] = fieldOf(open.fields[name].value + " " + value)
				}
			}
			continue
		}
		row := record{fields: make(map[string]field), echo: p.echo}
		for c, name := range names {
			if name != "" {
				row.fields[strings.ToLower(name)] = fieldOf(values[c])
			}
		}
		p.records = append(p.records, row)
		open = &p.records[len(p.records)-1]
	}
	return i - 1
}

// columns are the places at which the dashes under the names begin.
func columns(line string) []int {
	var starts []int
	before := ' '
	for i, r := range []rune(line) {
		if r == '-' && before == ' ' {
			starts = append(starts, i)
		}
		before = r
	}
	return starts
}

// cells cuts a row at the columns. Where a value reaches over the place, the row
// is not aligned: then the gaps between its words count, and at last the word
// that stands across the place belongs to the right.
func cells(row []rune, starts []int) []string {
	aligned := true
	for _, at := range starts[1:] {
		aligned = aligned && (at > len(row) || row[at-1] == ' ')
	}
	if !aligned {
		for _, split := range [][]string{gaps.Split(strings.TrimSpace(string(row)), -1), strings.Fields(string(row))} {
			if len(split) == len(starts) {
				return split
			}
		}
	}
	out := make([]string, len(starts))
	from := 0
	for c := range starts {
		to := len(row)
		if c+1 < len(starts) {
			to = min(starts[c+1], len(row))
			for to > from && to < len(row) && row[to-1] != ' ' {
				to--
			}
		}
		out[c] = strings.TrimSpace(string(row[min(from, to):to]))
		from = to
	}
	return out
}

var gaps = regexp.MustCompile(` {2,}`)
