//go:build !race

package ui

import (
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
	"postkey/wizard/mail"
	"postkey/wizard/manifest"
	"postkey/wizard/preflight"
	"postkey/wizard/support"
)

// picturesOfTools are the pages that belong to no step of the wizard.
func picturesOfTools(r *rig, take taking) {
	r.openExplain()
	take("tools-explain")
	p := toolOf[*explainPage](r)
	p.paste.SetText(`{"level":"error","message":"User is authenticated but not connected.","timestamp":"2026-11-20 09:14:07"}`)
	p.explain()
	r.until("it is explained", func() bool { return p.stop == nil })
	r.screen.(*tool).scroll.ScrollToTop()
	take("tools-explained")

	some := someConnections(r.clock)[0]
	r.openPreflight(&some, nil)
	look := toolOf[*preflightPage](r)
	look.stop()
	look.stop = nil
	look.finished(lookedAt(look.lines), nil)
	take("tools-preflight")

	r.openSupport()
	bundle := toolOf[*supportPage](r)
	bundle.stop()
	bundle.stop = nil
	bundle.collected([]support.Item{
		{Name: "versions.txt", What: assets.Msg("support.versions"), Content: make([]byte, 90)},
		{Name: "Support inbox report.html", What: assets.Msg("support.report"), Content: make([]byte, 9000)},
		{Name: "preflight.json", What: assets.Msg("support.preflight"), Content: make([]byte, 3000)},
		{Name: "values.json", What: assets.Msg("support.values"), Content: make([]byte, 700)},
		{Name: "logs/postkey.log", What: assets.Msg("support.log"), Content: make([]byte, 120_000)},
		{Name: "crashes/crash-20261120-101500.txt", What: assets.Msg("support.crash"), Content: make([]byte, 2000)},
	}, nil)
	take("tools-support")

	r.openRepeat(some)
	take("tools-repeat")
	again := toolOf[*repeatPage](r)
	again.finished(manyRuns(r, some))
	take("tools-repeated")

	r.openManifest(some, nil)
	registration := toolOf[*manifestPage](r)
	registration.paste.SetText(someManifest)
	r.screen.(*tool).scroll.ScrollToTop()
	take("tools-manifest")
	read, err := manifest.Read(someManifest)
	must(r.t, err)
	registration.paste.SetPlaceholder("").SetText("") // the test driver would draw it over the bar above
	registration.show(manifest.Compare(read, some, r.bench.Catalog, r.clock))
	take("tools-manifest-compared", func() { r.screen.(*tool).scroll.ScrollToOffset(fyne.NewPos(0, 330)) })

	r.openTool("finding", nil, func(t *tool) page { return &explainPage{toolPage: toolPage{t}} })
	compared := toolOf[*explainPage](r)
	compared.show([]diagnose.Finding{comparedToken(r.clock, some)})
	take("tools-evidence", func() { r.screen.(*tool).scroll.ScrollToOffset(fyne.NewPos(0, 380)) })
}

// lookedAt are lines of every state.
func lookedAt(lines []preflight.Line) []preflight.Line {
	for i := range lines {
		l := &lines[i]
		l.State, l.Took, l.Detail = preflight.OK, time.Duration(12+i*7)*time.Millisecond, assets.Msg("preflight.connected")
		switch i {
		case 0, 3:
			l.Detail = assets.Msg("preflight.addresses", "Four", 8, "Six", 4)
		case 1:
			l.Detail = assets.Msg("preflight.secure", "Version", "TLS 1.3", "Issuer", "DigiCert Inc DigiCert Global G2 TLS RSA SHA256 2020 CA1")
		case 2, 5:
			l.State, l.Detail = preflight.NotRun, assets.Msg("preflight.no-ipv6")
		case 4:
			l.State, l.Detail = preflight.Warn, assets.Msg("preflight.inspected", "Issuer", "Zscaler Intermediate Root CA")
		case 7:
			f := diagnose.Explain(diagnose.Evidence{Leg: check.SMTP, Hop: check.Connect, Err: errors.New("dial tcp: i/o timeout")})
			l.State, l.Finding, l.Detail = preflight.Failed, &f, f.Title
			l.Took = 4500 * time.Millisecond
		}
	}
	return lines
}

// manyRuns are twenty runs of which some failed.
func manyRuns(r *rig, c store.Connection) wizard.Repeated {
	so := wizard.Repeated{Runs: 20, Failed: 3}
	for i, leg := range check.Plan(c, r.cloudOf(c)) {
		for k, hop := range leg.Hops {
			h := wizard.HopCount{
				Leg: leg.Leg, Hop: hop.Name, Runs: 20, Fastest: time.Duration(9+k*3) * time.Millisecond,
				Median: time.Duration(31+k*40) * time.Millisecond, Slowest: time.Duration(900+k*700) * time.Millisecond,
			}
			if i == 1 && k == 3 {
				h.Failed = 3
			}
			so.Hops = append(so.Hops, h)
		}
	}
	f := diagnose.Explain(diagnose.Evidence{
		Connection: c, Leg: check.SMTP, Hop: check.Auth,
		Err: &mail.ServerError{Protocol: "SMTP", During: "AUTH", Code: 432, Enhanced: "4.3.2", Text: "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"},
	})
	so.Findings = []wizard.FindingCount{{Finding: f, Times: 3}}
	return so
}

// comparedToken is a finding with the token beside what is needed.
func comparedToken(now time.Time, c store.Connection) diagnose.Finding {
	return diagnose.Explain(diagnose.Evidence{
		Connection: c, Leg: check.IMAP, Hop: check.Auth, Now: now,
		Err: &mail.ServerError{Protocol: "IMAP", During: "AUTHENTICATE", Text: "NO AUTHENTICATE failed."},
		Claims: &oauth.Claims{
			Audience: "https://graph.microsoft.com", Scopes: []string{"IMAP.AccessAsUser.All", "SMTP.Send"}, TenantID: c.TenantID,
			AppID: c.ClientID, Username: "andrea@contoso.com", Expires: now.Add(time.Hour),
		},
	})
}
