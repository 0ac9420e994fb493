package locale

import "testing"

func TestMend(t *testing.T) {
	for _, c := range []struct{ all, messages, lang, wantAll, wantMessages, wantType string }{
		{"", "", "C.UTF-8", "", "C", ""},
		{"C.UTF-8", "", "it_IT.UTF-8", "", "C", "C.UTF-8"},
		{"", "C.utf8", "it_IT.UTF-8", "", "C", ""},
		{"", "", "it_IT.UTF-8", "", "", ""},
		{"", "", "C", "", "", ""},
		{"", "", "", "", "", ""},
		{"it_IT.UTF-8", "C.UTF-8", "C.UTF-8", "it_IT.UTF-8", "C.UTF-8", ""},
	} {
		env := map[string]string{"LC_ALL": c.all, "LC_MESSAGES": c.messages, "LANG": c.lang}
		mend(func(k string) string { return env[k] }, func(k, v string) error { env[k] = v; return nil })
		if env["LC_ALL"] != c.wantAll || env["LC_MESSAGES"] != c.wantMessages || env["LC_CTYPE"] != c.wantType || env["LANG"] != c.lang {
			t.Errorf("%+v became %v", c, env)
		}
	}
}
