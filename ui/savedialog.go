package ui

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/widget"

	"postkey/ui/widgets"
)

// saveDialog asks for the name and the folder of a file. Escape and Cancel close
// it and nothing is written.
type saveDialog struct {
	app    *App
	kinds  []string
	write  func(io.Writer) error
	done   func(path string, err error)
	pop    *widget.PopUp
	name   *widgets.Field
	folder *widgets.Field
	ok     *widgets.Button
	// wrong is what is said under each field.
	wrong map[*widgets.Field]widgets.Problem
	// replaces is the path that may be replaced, once that was asked.
	replaces string
	// stop ends the writing; nil while none goes on.
	stop context.CancelFunc
}

func (d *saveDialog) show(name string) {
	d.wrong = make(map[*widgets.Field]widgets.Problem)
	d.name = widgets.NewField(tr("save-file.name")).Preset(name)
	d.folder = widgets.NewField(tr("save-file.folder")).Preset(d.app.saveFolder()).SetMono()
	browse := widgets.NewButton(tr("save-file.browse"), widgets.Link, d.browse)
	d.folder.AddBelow(widgets.Flow(0, browse))
	for _, field := range []*widgets.Field{d.name, d.folder} {
		field.OnChanged = func(string) { d.changed() }
		field.OnReturn = d.save
		field.Check = func(string) widgets.Problem { return d.wrong[field] }
	}
	no := widgets.NewButton(tr("ui.cancel"), widgets.Plain, d.cancel)
	d.ok = widgets.NewButton(tr("save-file.save"), widgets.Primary, d.save)
	d.pop = d.app.overlay(tr("save-file.title"), widgets.Column(12, d.name, d.folder), no, d.ok)
	d.app.window.Canvas().Focus(d.name.Entry)
}

// open reports whether the dialog is still there: Escape takes it away.
func (d *saveDialog) open() bool {
	for _, o := range d.app.window.Canvas().Overlays().List() {
		if o == fyne.CanvasObject(d.pop) {
			return true
		}
	}
	return false
}

func (d *saveDialog) cancel() {
	if d.stop != nil {
		d.stop()
	}
	d.pop.Hide()
}

// changed forgets what was asked about another name.
func (d *saveDialog) changed() {
	d.replaces = ""
	d.ok.SetText(tr("save-file.save"))
	clear(d.wrong)
	d.name.Reset()
	d.folder.Reset()
	d.fit()
}

// fit makes the dialog as high as its texts are now.
func (d *saveDialog) fit() {
	if d.pop == nil {
		return
	}
	body := d.pop.Content
	width := min(520, d.app.window.Canvas().Size().Width-60)
	body.Resize(fyne.NewSize(width, body.MinSize().Height))
	d.pop.Resize(fyne.NewSize(width, body.MinSize().Height+8))
	d.pop.Refresh()
}

// save checks what was typed and writes the file.
func (d *saveDialog) save() {
	if d.stop != nil || !d.open() {
		return
	}
	name, wrong := fileName(d.name.Text(), d.kinds)
	if wrong != "" {
		d.complain(d.name, wrong, false)
		return
	}
	folder := strings.TrimSpace(d.folder.Text())
	if !filepath.IsAbs(folder) {
		d.complain(d.folder, "save-file.no-folder", false)
		return
	}
	path := filepath.Join(folder, name)
	d.ok.SetEnabled(false)
	d.stop = d.app.work(d.app.ctx, func(ctx context.Context) func() {
		err := writeFile(ctx, path, path == d.replaces, d.write)
		return func() { d.wrote(path, err) }
	})
}

// wrote says how it went: what another name or folder mends is said in the
// dialog, everything else is done's.
func (d *saveDialog) wrote(path string, err error) {
	d.stop = nil
	d.ok.SetEnabled(true)
	switch {
	case errors.Is(err, context.Canceled):
		return
	case errors.Is(err, errTargetExists):
		d.complain(d.name, "save-file.exists", true)
		d.replaces = path
		d.ok.SetText(tr("save-file.replace"))
		return
	case errors.Is(err, errTargetFolder):
		d.complain(d.name, "save-file.is-folder", false)
		return
	case errors.Is(err, errNoFolder):
		d.complain(d.folder, "save-file.no-folder", false)
		return
	case err == nil:
		d.app.keepFolder(filepath.Dir(path))
	}
	d.pop.Hide()
	d.done(path, err)
}

// complain says under a field what is wrong and puts the focus there.
func (d *saveDialog) complain(field *widgets.Field, key string, warning bool) {
	if !d.open() {
		return
	}
	d.wrong[field] = widgets.Problem{Text: tr(key), Warning: warning}
	field.Validate()
	d.app.window.Canvas().Focus(field.Entry)
	d.fit()
}

// browse lets the folder be chosen from those that are there.
func (d *saveDialog) browse() {
	choose := dialog.NewFolderOpen(func(folder fyne.ListableURI, err error) {
		if folder != nil && err == nil {
			d.folder.SetText(filepath.FromSlash(folder.Path()))
		}
		if d.open() {
			d.app.window.Canvas().Focus(d.folder.Entry)
		}
	}, d.app.window)
	choose.SetTitleText(tr("save-file.browse-title"))
	choose.SetDismissText(tr("ui.cancel"))
	if start, err := storage.ListerForURI(storage.NewFileURI(strings.TrimSpace(d.folder.Text()))); err == nil {
		choose.SetLocation(start)
	}
	size := d.app.window.Canvas().Size()
	choose.Resize(fyne.NewSize(size.Width-80, size.Height-80))
	choose.Show()
}
