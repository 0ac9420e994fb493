// Package report writes a test as a page to keep, to print, or to send to whoever
// mends it: every hop with its time and the server's words, the findings with
// their fixes, the connection, the versions. Start with Write.
//
// No secret is in it: those that are known are taken out by value, in every
// spelling, and what has the shape of one is taken out too.
package report

import (
	"bytes"
	"html/template"
	"io"
	"runtime"
	"time"

	"postkey/assets"
	"postkey/oauth"
	"postkey/store"
	"postkey/wizard/catalog"
	"postkey/wizard/check"
	"postkey/wizard/diagnose"
	"postkey/wizard/handover"
)

// Report is a finished test and what belongs to it.
type Report struct {
	// Catalog names the product and the servers. Required.
	Catalog    *catalog.Catalog
	Connection store.Connection
	Legs       []check.LegResult
	Findings   []diagnose.Finding
	// At is when the test began, Took how long it was.
	At   time.Time
	Took time.Duration
	// Fence is what was found of the mailboxes that an application must reach
	// and must not; nil where none was tried.
	Fence *check.FenceResult
	// OK says that every leg passed, Stopped that the user ended the test.
	OK, Stopped bool
	// Secrets are replaced wherever they stand, whatever they look like.
	Secrets []oauth.Secret
	// Say renders a text in the reader's language; nil: English.
	Say func(assets.Message) string
	// Now is the time of the report; the zero time: now.
	Now time.Time
	// Version is Postkey's; empty leaves it out.
	Version string
	// Practice says that the practice tenant was tested.
	Practice bool
}

var reportPage = template.Must(template.Must(template.New("report").Parse(assets.Paper)).Parse(assets.ReportPage))

// Write writes the report as one HTML file that needs nothing else and prints on
// A4 and Letter. The only errors are those of w.
func Write(w io.Writer, r Report) error {
	if r.Now.IsZero() {
		r.Now = time.Now()
	}
	if r.Say == nil {
		r.Say = assets.Message.String
	}
	var page bytes.Buffer
	if err := reportPage.Execute(&page, r.view()); err != nil {
		return err
	}
	// Every text was cleaned one by one; this finds a secret that came together
	// out of two of them.
	_, err := io.WriteString(w, oauth.Scrub(page.String(), r.Secrets...))
	return err
}

func (r Report) tr(key string, pairs ...any) string { return r.say(assets.Msg(key, pairs...)) }

func (r Report) say(m assets.Message) string {
	if m.IsZero() {
		return ""
	}
	return r.clean(r.Say(m))
}

// clean takes secrets out of a text.
func (r Report) clean(text string) string {
	return diagnose.Redact(oauth.Scrub(text, r.Secrets...))
}

// view is what the page shows.
type view struct {
	Lang, Kind, Heading, Verdict, Mood, When, Practice, Foot string
	Words                                                    words
	Findings                                                 []findingView
	Legs                                                     []legView
	Facts                                                    []factsView
}

// words head the tables.
type words struct {
	Server, Hop, Result, Time, Detail string
	Evidence, Claim, Needed, Present  string
}

type factsView struct {
	Title string
	Rows  []handover.Row
}

func (r Report) view() view {
	v := view{
		Lang: r.tr("sheet.lang"), Kind: r.tr("report.kind"),
		Heading: r.tr("report.heading", "Name", r.Connection.Name),
		Foot:    r.tr("report.foot", "Redacted", oauth.Redacted),
		When: r.tr("report.when", "Moment", r.moment(r.At), "UTC", r.At.UTC().Format("2006-01-02 15:04:05"),
			"Took", r.span(r.Took)),
	}
	v.Verdict, v.Mood = r.verdict()
	if r.Practice {
		v.Practice = r.tr("sheet.practice")
	}
	v.Words.Server, v.Words.Hop, v.Words.Result = r.tr("report.server"), r.tr("report.hop"), r.tr("report.result")
	v.Words.Time, v.Words.Detail = r.tr("report.time"), r.tr("report.detail")
	v.Words.Evidence, v.Words.Claim = r.tr("evidence.title"), r.tr("evidence.claim")
	v.Words.Needed, v.Words.Present = r.tr("evidence.needed"), r.tr("evidence.present")
	for _, f := range r.Findings {
		v.Findings = append(v.Findings, r.finding(f))
	}
	for _, leg := range r.Legs {
		v.Legs = append(v.Legs, r.leg(leg))
	}
	if r.Fence != nil {
		v.Facts = append(v.Facts, r.fence())
	}
	for _, group := range append(handover.Facts(r.Catalog, r.Connection), r.versions()) {
		rows := handover.FactRows(group.Facts, r.say)
		for i := range rows {
			rows[i].Value = r.clean(rows[i].Value)
		}
		v.Facts = append(v.Facts, factsView{r.say(group.Title), rows})
	}
	return v
}

func (r Report) verdict() (text, mood string) {
	switch {
	case r.Stopped:
		return r.tr("report.stopped"), "warn"
	case r.OK:
		return r.tr("report.works"), "good"
	}
	return r.tr("report.failed"), "bad"
}

// versions tell which Postkey tested, and on what.
func (r Report) versions() handover.FactGroup {
	group := handover.FactGroup{Title: assets.Msg("report.versions")}
	add := func(label, value string) {
		if value != "" {
			group.Facts = append(group.Facts, handover.Fact{Label: assets.Msg(label), Value: value})
		}
	}
	add("report.postkey", r.Version)
	add("report.system", runtime.GOOS+"/"+runtime.GOARCH+", "+runtime.Version())
	add("report.made", r.moment(r.Now))
	return group
}

// moment is a day and the time of day on this computer's clock.
func (r Report) moment(t time.Time) string {
	t = t.Local()
	return r.tr("page-date.moment", "Date", r.say(handover.DayText(store.DateOf(t))), "Time", t.Format("15:04"))
}
