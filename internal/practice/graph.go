package practice

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// graphRoutes are the calls of Graph that a mail program needs (Microsoft Learn:
// Use the Outlook mail REST API), for applications that sign in themselves.
func (t *Tenant) graphRoutes(mux *http.ServeMux) {
	const base = "/graph/v1.0/users/{user}"
	mux.HandleFunc("GET "+base+"/mailFolders/{folder}", t.graphCall(graphRead, t.graphFolder))
	mux.HandleFunc("GET "+base+"/mailFolders/{folder}/messages", t.graphCall(graphRead, t.graphMessages))
	mux.HandleFunc("GET "+base+"/messages/{id}/$value", t.graphCall(graphRead, t.graphMIME))
	mux.HandleFunc("DELETE "+base+"/messages/{id}", t.graphCall(graphWrite, t.graphDelete))
	mux.HandleFunc("POST "+base+"/sendMail", t.graphCall(graphSend, t.graphSend))
	mux.HandleFunc("/graph/", func(w http.ResponseWriter, r *http.Request) {
		graphRefuse(w, http.StatusBadRequest, "BadRequest", "Resource not found for the segment '"+r.URL.Path+"'.")
	})
}

// The application permissions any one of which a call needs.
var (
	graphRead  = []string{"Mail.Read", "Mail.ReadWrite"}
	graphWrite = []string{"Mail.ReadWrite"}
	graphSend  = []string{"Mail.Send"}
)

// graphRefuse answers an error as Graph writes it (Microsoft Learn: Microsoft
// Graph error responses and resource types).
func graphRefuse(w http.ResponseWriter, status int, code, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{
		"code": code, "message": message,
		"innerError": map[string]any{
			"date":       time.Now().UTC().Format("2006-01-02T15:04:05"),
			"request-id": w.Header().Get("request-id"), "client-request-id": w.Header().Get("request-id"),
		},
	}})
}

// graphCall checks token, mailbox, permission and fence before a call.
func (t *Tenant) graphCall(roles []string, call func(http.ResponseWriter, *http.Request, *mailbox)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		claims, fault := t.officeLogin(w, r, ofGraph)
		switch fault {
		case officeToken:
			graphRefuse(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
			return
		case officeAudience:
			graphRefuse(w, http.StatusUnauthorized, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
			return
		case officeBusy:
			w.Header().Set("Retry-After", "150")
			graphRefuse(w, http.StatusTooManyRequests, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.")
			return
		case officeGone:
			return
		}
		if s := t.said(atGraph); s != nil {
			graphRefuse(w, s.code, s.kind, s.text)
			return
		}
		user := r.PathValue("user")
		switch {
		case !t.webRole(claims, roles...):
			graphRefuse(w, http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
		case !t.hasMailbox(user):
			graphRefuse(w, http.StatusNotFound, "ErrorInvalidUser", "The requested user '"+user+"' is invalid.")
		case !t.inGroup(user) && !claims.carries(roles...):
			graphRefuse(w, http.StatusForbidden, "ErrorAccessDenied", "Access is denied. Check credentials and try again.") // outside the scope
		case !t.inGroup(user):
			graphRefuse(w, http.StatusForbidden, "ErrorAccessDenied", "Access to OData is disabled: [RAOP] : Blocked by tenant configured AppOnly AccessPolicy settings.")
		default:
			call(w, r, t.mail.find(user))
		}
	}
}

func (t *Tenant) graphFolder(w http.ResponseWriter, r *http.Request, box *mailbox) {
	folder, ok := wellKnown(r.PathValue("folder"))
	list, err := box.list(folder)
	if !ok || err != nil {
		graphRefuse(w, http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"@odata.context": t.Cloud().Graph + "/v1.0/$metadata#users('x')/mailFolders/$entity",
		"id":             itemID(folder, 0), "displayName": folder, "totalItemCount": len(list),
	})
}

// graphMessages lists a folder, newest first, in pages of $top.
func (t *Tenant) graphMessages(w http.ResponseWriter, r *http.Request, box *mailbox) {
	folder, ok := wellKnown(r.PathValue("folder"))
	if !ok {
		graphRefuse(w, http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
		return
	}
	list, err := box.newest(folder)
	if err != nil {
		graphRefuse(w, http.StatusInternalServerError, "ErrorInternalServerError", "An internal server error occurred. The operation failed.")
		return
	}
	query := r.URL.Query()
	skip := min(positive(query.Get("$skip"), 0), len(list))
	end := min(skip+max(positive(query.Get("$top"), 10), 1), len(list))
	answer := map[string]any{}
	values := make([]map[string]any, 0, end-skip)
	for _, m := range list[skip:end] {
		values = append(values, graphMessage(folder, m))
	}
	answer["value"] = values
	if end < len(list) {
		query.Set("$skip", strconv.Itoa(end))
		answer["@odata.nextLink"] = fmt.Sprintf("%s/v1.0/users/%s/mailFolders/%s/messages?%s",
			t.Cloud().Graph, url.PathEscape(r.PathValue("user")), url.PathEscape(r.PathValue("folder")), query.Encode())
	}
	writeJSON(w, http.StatusOK, answer)
}

func positive(text string, otherwise int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}

// graphMessage is a message as Graph shows it in a list.
func graphMessage(folder string, m storedMessage) map[string]any {
	h := m.header()
	out := map[string]any{
		"id": itemID(folder, m.uid), "subject": h.subject, "internetMessageId": h.messageID,
		"receivedDateTime": m.at.UTC().Format(time.RFC3339),
	}
	if h.from != "" {
		out["from"] = map[string]any{"emailAddress": map[string]any{"name": h.from, "address": h.from}}
	}
	return out
}

// graphItem finds the message of a call, or refuses.
func graphItem(w http.ResponseWriter, r *http.Request, box *mailbox) (folder string, m storedMessage, ok bool) {
	folder, m, ok = box.item(r.PathValue("id"))
	if !ok {
		graphRefuse(w, http.StatusNotFound, "ErrorItemNotFound", "The specified object was not found in the store.")
	}
	return folder, m, ok
}

func (t *Tenant) graphMIME(w http.ResponseWriter, r *http.Request, box *mailbox) {
	if _, m, ok := graphItem(w, r, box); ok {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(m.body) // a client that has left is no fault
	}
}

func (t *Tenant) graphDelete(w http.ResponseWriter, r *http.Request, box *mailbox) {
	folder, m, ok := graphItem(w, r, box)
	if !ok {
		return
	}
	if err := box.remove(folder, []imap.UID{m.uid}); err != nil {
		graphRefuse(w, http.StatusInternalServerError, "ErrorInternalServerError", "An internal server error occurred. The operation failed.")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// graphSend takes a message in MIME, in base64 (Microsoft Learn: user: sendMail).
func (t *Tenant) graphSend(w http.ResponseWriter, r *http.Request, box *mailbox) {
	text, err := io.ReadAll(r.Body)
	var message []byte
	if err == nil {
		message, err = base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	}
	parsed, parseErr := mail.ReadMessage(bytes.NewReader(message))
	if err != nil || parseErr != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") {
		graphRefuse(w, http.StatusBadRequest, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content.")
		return
	}
	if t.sendsAsOther(box, message) {
		graphRefuse(w, http.StatusForbidden, "ErrorSendAsDenied", "The user account which was used to submit this request does not have the right to send mail on behalf of the specified sending account., Cannot submit message.")
		return
	}
	to, err := parsed.Header.AddressList("To")
	if err != nil {
		graphRefuse(w, http.StatusBadRequest, "ErrorInvalidRecipients", "At least one recipient isn't valid., Message can't be submitted because it has no recipients.")
		return
	}
	if err := t.send(box, to, message); err != nil {
		t.log.Error("practice graph", "err", err)
		graphRefuse(w, http.StatusInternalServerError, "ErrorInternalServerError", "An internal server error occurred. The operation failed.")
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
