package ui

import (
	"context"
	"errors"
	"io"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
)

// errFileTooBig says that a file to read is larger than what is read.
var errFileTooBig = errors.New("the file is too big")

// openText asks for a file and reads it off the UI goroutine, at most most bytes.
// Done is called on the UI goroutine, and not at all when the dialog is cancelled.
func (u *App) openText(most int64, done func(text string, err error)) {
	d := dialog.NewFileOpen(func(file fyne.URIReadCloser, err error) {
		if err != nil {
			done("", err)
			return
		}
		if file == nil {
			return // cancelled
		}
		u.readText(file, most, done)
	}, u.window)
	d.SetTitleText(tr("registration-check.open-title"))
	d.SetConfirmText(tr("registration-check.open-yes"))
	d.SetDismissText(tr("ui.cancel"))
	d.Resize(u.window.Canvas().Size().SubtractWidthHeight(80, 80))
	d.Show()
}

// readText reads a file that was chosen.
func (u *App) readText(file io.ReadCloser, most int64, done func(text string, err error)) {
	u.work(u.ctx, func(context.Context) func() {
		content, err := io.ReadAll(io.LimitReader(file, most+1))
		err = errors.Join(err, file.Close())
		if err == nil && int64(len(content)) > most {
			err = errFileTooBig
		}
		return func() { done(string(content), err) }
	})
}
