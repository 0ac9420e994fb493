package crash

import (
	"regexp"
	"strings"

	"postkey/oauth"
	"postkey/wizard/diagnose"
)

// What is kept of the runtime's last words. The runtime indents each further
// line of a panic's own words, so that none of them can begin as these do.
var (
	// goroutineLine begins the stack of a goroutine: goroutine 7 [select, 2 minutes]:
	goroutineLine = regexp.MustCompile(`^goroutine \d+ (gp=\S+ m=\S+ (mp=\S+ )?)?\[[a-zA-Z ,0-9()./-]*\]:$`)
	// functionLine is a function with its arguments, which are left out: they are
	// addresses mostly, but a small value is among them as it is.
	functionLine = regexp.MustCompile(`^((?:created by )?[^\s()]+(?:\(\*?[^\s()]+\)[^\s()]*)*)\(.*\)$`)
	createdLine  = regexp.MustCompile(`^created by [^\s]+( in goroutine \d+)?$`)
	// placeLine is the place in the source that follows a function.
	placeLine  = regexp.MustCompile(`^\t[^\t]+\.(go|s|c|h):\d+( \+0x[0-9a-f]+)?( fp=\S+ sp=\S+( pc=\S+)?)?$`)
	signalLine = regexp.MustCompile(`^(\[signal [A-Za-z0-9:= -]+\]|SIG[A-Z]+: [a-z ]+)$`)
	// runtimeWords are the messages of the runtime itself: fixed words and numbers.
	runtimeWords = regexp.MustCompile(`^(panic: |fatal error: |\t?runtime: )*(runtime error: (index out of range|slice bounds out of range|invalid memory address or nil pointer dereference|integer divide by zero|makeslice: |growslice: |hash of unhashable type |comparing uncomparable type |slice: )|assignment to entry in nil map|all goroutines are asleep - deadlock!|close of (closed|nil) channel|send on closed channel|concurrent map |unexpected signal during runtime execution|stack overflow|out of memory|sync: |goroutine stack exceeds|interface conversion: )[A-Za-z0-9 _.,:*\[\]{}/()%-]*$`)
	leadWord     = regexp.MustCompile(`^(panic: |fatal error: )`)
)

// leftOut stands for a panic's own words.
const leftOut = "(its words are left out, because they could hold what was typed)"

// Clean keeps of the runtime's last words what tells where the program was: the
// kind of failure in the runtime's words, and the functions of each goroutine
// with their places. Whatever else is there is left out.
func Clean(said string) string {
	var b strings.Builder
	inStack, function := false, ""
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case goroutineLine.MatchString(line):
			inStack = true
			b.WriteString("\n" + line + "\n")
		case !inStack && leadWord.MatchString(line):
			b.WriteString(failure(line) + "\n")
		case !inStack && signalLine.MatchString(line):
			b.WriteString(line + "\n")
		case inStack && placeLine.MatchString(line) && function != "":
			b.WriteString(function + "\n" + line + "\n")
			function = ""
			continue
		case inStack && createdLine.MatchString(line):
			function = line
			continue
		case inStack && functionLine.MatchString(line):
			function = functionLine.FindStringSubmatch(line)[1] + "(…)"
			continue
		}
		function = ""
	}
	// A second look, should a name ever have the shape of a secret.
	return diagnose.Redact(oauth.Scrub(b.String()))
}

// failure is the line of a panic or a fatal error without foreign words.
func failure(line string) string {
	line = strings.TrimSuffix(line, " [recovered]")
	if runtimeWords.MatchString(line) {
		return line
	}
	return leadWord.FindString(line) + leftOut
}
