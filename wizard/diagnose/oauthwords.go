package diagnose

import "strings"

// oauth returns where one of kinds stands in the text as the value of OAuth's
// field "error" (error=access_denied, "error":"access_denied", error:
// access_denied), or as the whole beginning of the text; -1 when none does.
func (f facts) oauth(kinds []string) int {
	for _, kind := range kinds {
		if f.kinds["oauth:"+kind] {
			return 0
		}
		for from := 0; ; {
			i := wholeWord(f.text, kind, from)
			if i < 0 {
				break
			}
			before := strings.TrimRight(f.text[max(0, i-40):i], ` :='"([{`+"`")
			if before == "" || strings.HasSuffix(before, "error") {
				return i
			}
			from = i + 1
		}
	}
	return -1
}
