package ui

import (
	"postkey/store"
	"postkey/ui/widgets"
	"postkey/wizard"
	"postkey/wizard/catalog"

	"fyne.io/fyne/v2"
)

// rotateScreen changes the client secret or certificate of one connection: the
// new value, its proof, and what to enter in the product afterwards.
type rotateScreen struct {
	*guided
	connection store.Connection
	at         int // the step of the rail
}

// The steps of the rail.
const (
	rotateNew = iota
	rotateProof
	rotateDone
)

func newRotate(app *App, c store.Connection) *rotateScreen {
	s := &rotateScreen{connection: c}
	s.guided = newGuided(app, c.Name, tr("rotate.note"), s.steps)
	s.present(newRotatePage(s))
	return s
}

func (s *rotateScreen) steps() []railLine {
	return railAt(s.at, []railLine{
		{title: tr("rotate.step-new"), hint: tr("rotate.hint-new")},
		{title: tr("rotate.step-proof"), hint: tr("rotate.hint-proof")},
		{title: tr("rotate.step-done"), hint: tr("rotate.hint-done")},
	})
}

// portal is the way to a page of the portal for the connection, with its link.
func (s *rotateScreen) portal(page string) fyne.CanvasObject {
	return portalCrumbs(s.app, page, s.connection)
}

// portalCrumbs is the way to a page of the portal for c, with its link.
func portalCrumbs(app *App, page string, c store.Connection) fyne.CanvasObject {
	cloud, err := app.bench.Catalog.CloudOf(c)
	if err != nil {
		return widgets.Flow(6)
	}
	place := app.bench.Catalog.PortalIn(currentLanguage(), page, cloud, c)
	var open func()
	if place.URL != "" {
		open = func() { app.openURL(place.URL) }
	}
	return widgets.NewCrumbs(place.Crumbs, open)
}

// openRotate shows the change of the secret of the connection as it is stored now.
func (k *card) openRotate() { k.home.app.openRotate(k.home, k.connection) }

func (u *App) openRotate(h *home, c store.Connection) {
	if h.app.screen == screen(h) {
		u.show(newRotate(u, c))
	}
}

// canRotate reports whether the connection has a secret or certificate to change.
func canRotate(c store.Connection) bool {
	return c.Certificate != nil || c.Mode == wizard.ModeAppOnly || c.Platform != wizard.PlatformDesktop
}

// secretsPage is the portal's page for what the connection proves itself with.
func secretsPage(certificate bool) string {
	if certificate {
		return catalog.PageCertificates
	}
	return catalog.PageSecrets
}
