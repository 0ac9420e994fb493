package ui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/natefinch/atomic"

	"postkey/store"
	"postkey/ui/widgets"
)

// saveFile asks where to save, and writes what write gives, whole or not at
// all, off the UI goroutine. Name is the proposed file name; kinds are the
// endings a name may have, such as .html, the first of which a name without one
// of them gets. Done is called on the UI goroutine with where it was saved, and
// not at all when the dialog is cancelled.
//
// Fyne's own dialog is not used, because it empties the chosen file before
// anything is written, and Escape does not close it.
func (u *App) saveFile(name string, kinds []string, write func(io.Writer) error, done func(path string, err error)) {
	u.saving = &saveDialog{app: u, kinds: kinds, write: write, done: done}
	u.saving.show(name)
}

// errTargetExists says that a file of the name is there and was not to be replaced.
var errTargetExists = errors.New("the file exists")

// errTargetFolder says that the name is a folder's.
var errTargetFolder = errors.New("the name is a folder's")

// errNoFolder says that the folder does not exist.
var errNoFolder = errors.New("no such folder")

// writeFile writes what write gives to the path, or leaves everything as it was.
// A file that is there is replaced only when replace says so.
func writeFile(ctx context.Context, path string, replace bool, write func(io.Writer) error) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return errNoFolder
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		switch {
		case info.IsDir():
			return errTargetFolder
		case !replace:
			return errTargetExists
		}
		mode = info.Mode().Perm()
	}
	var content bytes.Buffer
	if err := write(&content); err != nil {
		return err
	}
	temp := filepath.Join(dir, "."+store.NewID()+".tmp")
	if err := writeNew(temp, mode, content.Bytes()); err != nil {
		_ = os.Remove(temp)
		return err
	}
	err := ctx.Err() // cancelled meanwhile: nothing is put in place
	if err == nil {
		err = atomic.ReplaceFile(temp, path)
	}
	if err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("save %s: %w", path, err)
	}
	return nil
}

// writeNew writes a file that was not there, and through to the disk.
func writeNew(path string, mode fs.FileMode, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// fileName checks a typed name and gives it its ending; key names the text of
// what is wrong, empty when nothing is.
func fileName(typed string, kinds []string) (name, key string) {
	name = strings.TrimSpace(typed)
	switch {
	case name == "" || strings.Trim(name, ".") == "":
		return "", "save-file.no-name"
	case strings.ContainsAny(name, `/\:*?"<>|`) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return "", "save-file.bad-name"
	}
	ends := slices.ContainsFunc(kinds, func(kind string) bool {
		return strings.EqualFold(filepath.Ext(name), kind)
	})
	if len(kinds) > 0 && !ends {
		name += kinds[0]
	}
	return name, ""
}

// saveFolder is the folder to propose: the last one, or the user's documents.
func (u *App) saveFolder() string {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	for _, dir := range []string{u.settings.SaveFolder, filepath.Join(home, "Documents"), home} {
		if info, err := os.Stat(dir); dir != "" && err == nil && info.IsDir() {
			return dir
		}
	}
	return home
}

// keepFolder remembers where a file was saved last.
func (u *App) keepFolder(dir string) {
	if u.settings.SaveFolder == dir {
		return
	}
	u.settings.SaveFolder = dir
	u.keep(func(to *store.Settings) { to.SaveFolder = dir }, func(error) {})
}

// openFile opens a saved file with the system's program for it.
func (u *App) openFile(path string) {
	slashes := filepath.ToSlash(path)
	if !strings.HasPrefix(slashes, "/") {
		slashes = "/" + slashes // a drive letter
	}
	address := &url.URL{Scheme: "file", Path: slashes}
	u.work(u.ctx, func(context.Context) func() {
		var err error
		if u.opts.OpenURL != nil {
			err = u.opts.OpenURL(address.String())
		} else {
			err = u.fyne.OpenURL(address)
		}
		if err == nil {
			return nil
		}
		return func() {
			u.tell(tr("save-file.open-failed"), widgets.NewMono(path), widgets.NewCopy(func() string { return path }))
		}
	})
}
