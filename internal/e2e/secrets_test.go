package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// holdsNoSecret looks for the client secret and for what tokens look like: the
// practice tenant's access tokens are JSON web tokens, and every code, refresh
// token or XOAUTH2 line is a long run of base64.
func holdsNoSecret(t *testing.T, where string, data []byte, secret string) {
	t.Helper()
	if bytes.Contains(data, []byte(secret)) {
		t.Errorf("%s holds the client secret", where)
	}
	if bytes.Contains(data, []byte("eyJ")) {
		t.Errorf("%s holds a token", where)
	}
	run := 0
	for _, c := range data {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || strings.ContainsRune("-_~+", rune(c)) {
			run++
			continue
		}
		if run > 128 {
			t.Errorf("%s holds a run of %d characters that may be a token", where, run)
		}
		run = 0
	}
}

func holdsNoSecretFiles(t *testing.T, dir, secret string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		holdsNoSecret(t, path, data, secret)
		return err
	})
	if err != nil || files < 2 {
		t.Errorf("%d files searched, %v", files, err)
	}
}
