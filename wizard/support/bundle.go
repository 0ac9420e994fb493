package support

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/wizard/preflight"
)

// Bundle is what goes into a support bundle: one ZIP file to send to whoever
// helps. Collect makes it ready; nothing in it is secret.
type Bundle struct {
	// Version and Commit are Postkey's.
	Version, Commit string
	// DataDir is the data folder, whose logs and crash reports are taken.
	DataDir string
	// Reports are pages of tests, by file name.
	Reports map[string][]byte
	// Values is a values file of the connections; empty leaves it out.
	Values []byte
	// Preflight is what a look at network and computer found; empty leaves it out.
	Preflight []preflight.Line
	// Secrets are taken out beside those that Known holds.
	Secrets []oauth.Secret
	// Known is the secrets of this process; nil: none.
	Known *Known
	// Now is the time of the bundle; the zero time: now.
	Now time.Time

	mostOfOne int64 // of a file, in bytes; 0: mostOfOneFile
}

// Item is one file of a bundle, for the list that is shown before it is saved.
type Item struct {
	Name string
	// What says what is in the file.
	What    assets.Message
	Content []byte
}

// mostOfOneFile bounds what is taken of one log file; the end of it is what counts.
const mostOfOneFile = 1 << 20

// Collect reads and cleans everything. What cannot be read is left out and named
// in the error, beside which the items are good.
func (b Bundle) Collect(ctx context.Context) ([]Item, error) {
	if b.Now.IsZero() {
		b.Now = time.Now()
	}
	known := &Known{}
	known.Add(b.Secrets...)
	if b.Known != nil {
		known.Add(b.Known.All()...)
	}
	items := []Item{{"versions.txt", assets.Msg("support.versions"), b.versions()}}
	for _, name := range sortedNames(b.Reports) {
		items = append(items, Item{name, assets.Msg("support.report"), b.Reports[name]})
	}
	if len(b.Preflight) > 0 {
		lines, err := json.MarshalIndent(b.Preflight, "", "  ")
		if err != nil {
			return nil, fmt.Errorf("write the preflight: %w", err)
		}
		items = append(items, Item{"preflight.json", assets.Msg("support.preflight"), append(lines, '\n')})
	}
	if len(b.Values) > 0 {
		items = append(items, Item{"values.json", assets.Msg("support.values"), b.Values})
	}
	var problems []error
	for _, folder := range []struct{ dir, in, ending, what string }{
		{LogDir(b.DataDir), "logs", ".log", "support.log"},
		{filepath.Join(b.DataDir, "crashes"), "crashes", "", "support.crash"},
	} {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		found, err := files(folder.dir, folder.in, folder.ending, assets.Msg(folder.what), cmp.Or(b.mostOfOne, mostOfOneFile))
		items, problems = append(items, found...), append(problems, err)
	}
	for i := range items {
		items[i].Content = []byte(known.Clean(string(items[i].Content)))
	}
	return items, errors.Join(problems...)
}

func sortedNames(reports map[string][]byte) []string {
	var names []string
	for name := range reports {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (b Bundle) versions() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "postkey %s (%s)\n%s %s/%s\nmade %s\n", b.Version, b.Commit, runtime.Version(), runtime.GOOS, runtime.GOARCH,
		b.Now.UTC().Format(time.RFC3339))
	return out.Bytes()
}

// files are the plain files of a folder; one that is not there has none.
func files(dir, in, ending string, what assets.Message, most int64) ([]Item, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	problems := []error{err}
	var items []Item
	for _, e := range entries {
		if !e.Type().IsRegular() || !strings.HasSuffix(e.Name(), ending) {
			continue
		}
		content, err := tail(filepath.Join(dir, e.Name()), most)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		items = append(items, Item{in + "/" + e.Name(), what, content})
	}
	return items, errors.Join(problems...)
}

// tail reads the end of a file, from the beginning of a line.
func tail(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	from := max(info.Size()-most, 0)
	content, err := io.ReadAll(io.NewSectionReader(file, from, most))
	if from > 0 {
		if end := bytes.IndexByte(content, '\n'); end >= 0 {
			content = content[end+1:]
		}
	}
	return content, err
}

// WriteZIP writes items as a ZIP file. The only errors are those of w.
func WriteZIP(w io.Writer, items []Item, now time.Time) error {
	z := zip.NewWriter(w)
	for _, item := range items {
		f, err := z.CreateHeader(&zip.FileHeader{Name: item.Name, Method: zip.Deflate, Modified: now.UTC()})
		if err != nil {
			return err
		}
		if _, err := f.Write(item.Content); err != nil {
			return err
		}
	}
	return z.Close()
}
