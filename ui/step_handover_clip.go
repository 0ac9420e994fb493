package ui

import (
	"time"

	"fyne.io/fyne/v2"

	"postkey/oauth"
)

// clipboardFor is how long a copied secret stays on the clipboard.
const clipboardFor = 60 * time.Second

// clipGuard clears the clipboard of a secret that was copied from Postkey,
// unless something else was copied meanwhile. The zero value is ready. Its
// methods are called on the UI goroutine.
type clipGuard struct {
	// after runs a function on the UI goroutine when the time has passed; nil:
	// a timer does. Tests replace it.
	after  func(time.Duration, func())
	board  fyne.Clipboard
	secret oauth.Secret // on the clipboard; zero when there is none
	round  int          // counts the copies, so that an older one's time does not clear a newer one
}

// put copies the secret; cleared is told when it was taken off again.
func (g *clipGuard) put(u *App, secret oauth.Secret, cleared func()) {
	g.board, g.secret = u.fyne.Clipboard(), secret
	g.board.SetContent(secret.Reveal())
	g.round++
	round := g.round
	after := g.after
	if after == nil {
		after = func(d time.Duration, f func()) { time.AfterFunc(d, func() { u.do(f) }) }
	}
	after(clipboardFor, func() {
		if round == g.round && g.clear() {
			cleared()
		}
	})
}

// clear takes the secret off the clipboard and reports whether it was there. The
// window calls it when it closes.
func (g *clipGuard) clear() bool {
	if g.board == nil || g.secret.IsZero() {
		return false
	}
	held := g.secret.Equal(oauth.NewSecret(g.board.Content()))
	if held {
		g.board.SetContent("")
	}
	g.secret = oauth.Secret{}
	return held
}
