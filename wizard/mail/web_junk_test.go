package mail

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestWebFoundInJunk: Graph and EWS look into the folder for junk as well, once
// the inbox has been without the message for a while; that it may not be read
// ends nothing.
func TestWebFoundInJunk(t *testing.T) {
	m := testMessage(t)
	looks := 0
	graph := newWebTest(t, func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case strings.HasSuffix(path, "/inbox"):
			say(w, 200, graphInbox)
		case !strings.Contains(path, "junkemail"):
			say(w, 200, graphMail(graphMessage{ID: "other", Subject: "hello"}))
		case looks == 0:
			looks++
			say(w, 404, `{"error":{"code":"ErrorItemNotFound","message":"no"}}`)
		default:
			say(w, 200, graphMail(graphMessage{ID: "ours", Subject: m.Subject}))
		}
	}).graph(t)
	ews := ewsServer(t, func(operation, body string) (int, string) {
		switch {
		case operation == "GetFolder":
			return 200, soapOK(operation, ewsInbox)
		case strings.Contains(body, `Id="junkemail"`):
			return 200, soapOK(operation, ewsList(true, ewsMail("ours", m.Subject, "IPM.Note")))
		}
		return 200, soapOK(operation, ewsList(true, ewsMail("other", "hello", "IPM.Note")))
	}).ews(t)
	graph.opts.Junk, ews.opts.Junk = time.Nanosecond, time.Nanosecond
	if item, err := graph.Await(t.Context(), m); item.id != "ours" || err != nil || graph.Junk() == "" {
		t.Errorf("Graph: %+v in %q, %v", item, graph.Junk(), err)
	}
	if item, err := ews.Await(t.Context(), m); item.id != "ours" || err != nil || ews.Junk() == "" {
		t.Errorf("EWS: %+v in %q, %v", item, ews.Junk(), err)
	}
}
