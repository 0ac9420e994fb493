package ui

import (
	"bytes"
	"context"
	"io"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"github.com/natefinch/atomic"
)

// saveFile asks where to save and writes what write gives, whole or not at all,
// off the UI goroutine. Name is the proposed file name; kinds are the endings
// that the dialog lists, such as .html, the first of which a name without an
// ending gets. Done is called on the UI goroutine with where it was saved; not
// at all when the dialog is cancelled.
func (u *App) saveFile(name string, kinds []string, write func(io.Writer) error, done func(path string, err error)) {
	d := dialog.NewFileSave(func(chosen fyne.URIWriteCloser, err error) {
		if chosen == nil && err == nil {
			return
		}
		path := ""
		if chosen != nil {
			path = chosen.URI().Path()
			err = chosen.Close()
		}
		if err != nil {
			done(path, err)
			return
		}
		u.work(u.ctx, func(context.Context) func() {
			err := writeFile(path, write)
			return func() { done(path, err) }
		})
	}, u.window)
	d.SetFileName(name)
	if len(kinds) > 0 {
		d.SetFilter(storage.NewExtensionFileFilter(kinds))
	}
	d.Show()
}

// writeFile replaces the file by what write gives, or leaves it as it was.
func writeFile(path string, write func(io.Writer) error) error {
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return err
	}
	return atomic.WriteFile(filepath.Clean(path), &content)
}
