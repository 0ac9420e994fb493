package practice

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

const (
	inbox        = "INBOX"
	sentItems    = "Sent Items"
	maxMessage   = 35 << 20 // bytes; Exchange Online's default limit for sending
	maxKeptBytes = 64 << 20 // of one mailbox; the oldest messages go first
)

var folders = []string{inbox, "Drafts", sentItems, "Deleted Items"}

// mailStore holds the mailboxes that all mail servers serve.
type mailStore struct {
	boxes map[string]*mailbox // by address, fixed at start
}

// mailbox is one mailbox. The IMAP library's in-memory user is the truth about
// its folders; kept holds what is in the inbox and in Sent Items for POP, Graph
// and EWS, which that library does not give out again.
type mailbox struct {
	address string
	user    *imapmemserver.User
	now     func() time.Time

	mu   sync.Mutex                            // held while a folder and kept change together
	kept map[string]map[imap.UID]storedMessage // by folder

	watching sync.Mutex
	watchers map[chan struct{}]bool
}

// watch returns a channel that holds something whenever the mailbox may have
// changed since it was last read, and what ends it.
func (b *mailbox) watch() (changed <-chan struct{}, end func()) {
	c := make(chan struct{}, 1)
	b.watching.Lock()
	defer b.watching.Unlock()
	b.watchers[c] = true
	return c, func() {
		b.watching.Lock()
		defer b.watching.Unlock()
		delete(b.watchers, c)
	}
}

// tell wakes the watchers.
func (b *mailbox) tell() {
	b.watching.Lock()
	defer b.watching.Unlock()
	for c := range b.watchers {
		select {
		case c <- struct{}{}:
		default: // told already
		}
	}
}

// storedMessage is a message as POP, Graph and EWS see it.
type storedMessage struct {
	uid  imap.UID
	body []byte
	at   time.Time // when it came
}

func newMailStore(now func() time.Time, moreShared []string) *mailStore {
	s := &mailStore{boxes: make(map[string]*mailbox)}
	addresses := append([]string{sharedAddress}, moreShared...)
	for _, u := range users {
		if u.mailbox {
			addresses = append(addresses, u.UPN)
		}
	}
	for _, address := range addresses {
		b := &mailbox{
			address: address, now: now,
			user:     imapmemserver.NewUser(address, ""),
			kept:     map[string]map[imap.UID]storedMessage{inbox: {}, sentItems: {}},
			watchers: make(map[chan struct{}]bool),
		}
		for _, f := range folders {
			if err := b.user.Create(f, nil); err != nil {
				panic(fmt.Sprintf("practice: %v", err)) // the names above are distinct
			}
		}
		s.boxes[address] = b
	}
	return s
}

// find returns the mailbox of an address, or nil.
func (s *mailStore) find(address string) *mailbox {
	return s.boxes[strings.ToLower(strings.TrimSpace(address))]
}

// deliver puts a message into the inbox; idle IMAP sessions hear of it at once.
func (b *mailbox) deliver(message []byte) error {
	_, err := b.add(inbox, message, &imap.AppendOptions{Time: b.now()})
	return err
}

// add appends to a folder.
func (b *mailbox) add(folder string, message []byte, options *imap.AppendOptions) (*imap.AppendData, error) {
	defer b.tell()
	b.mu.Lock()
	defer b.mu.Unlock()
	data, err := b.user.Append(folder, bytes.NewReader(message), options)
	if err != nil || b.kept[folder] == nil {
		return data, err
	}
	b.kept[folder][data.UID] = storedMessage{data.UID, message, b.now()}
	return data, b.trim(folder)
}

// trim keeps an endless test from filling the memory.
func (b *mailbox) trim(folder string) error {
	total := 0
	for _, m := range b.kept[folder] {
		total += len(m.body)
	}
	if total <= maxKeptBytes {
		return nil
	}
	var gone []imap.UID
	for _, uid := range b.uids(folder) {
		if total <= maxKeptBytes/2 {
			break
		}
		total -= len(b.kept[folder][uid].body)
		gone = append(gone, uid)
	}
	return b.expunge(folder, gone)
}

func (b *mailbox) uids(folder string) []imap.UID {
	return slices.Sorted(maps.Keys(b.kept[folder]))
}

// list returns the messages of a folder, oldest first.
func (b *mailbox) list(folder string) ([]storedMessage, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	view := imapmemserver.NewUserSession(b.user)
	if _, err := view.Select(folder, &imap.SelectOptions{ReadOnly: true}); err != nil {
		return nil, err
	}
	found, err := view.Search(imapserver.NumKindUID, &imap.SearchCriteria{}, &imap.SearchOptions{ReturnAll: true})
	if err := errors.Join(err, view.Close()); err != nil {
		return nil, err
	}
	there, _ := found.All.(imap.UIDSet)
	var list []storedMessage
	for _, uid := range b.uids(folder) {
		if !there.Contains(uid) { // an IMAP session removed it
			delete(b.kept[folder], uid)
			continue
		}
		list = append(list, b.kept[folder][uid])
	}
	return list, nil
}

// remove deletes messages of a folder, also for IMAP sessions.
func (b *mailbox) remove(folder string, uids []imap.UID) error {
	defer b.tell()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.expunge(folder, uids)
}

func (b *mailbox) expunge(folder string, uids []imap.UID) error {
	if len(uids) == 0 {
		return nil
	}
	view := imapmemserver.NewUserSession(b.user)
	if _, err := view.Select(folder, &imap.SelectOptions{}); err != nil {
		return err
	}
	set := imap.UIDSetNum(uids...)
	err := view.Store(nil, set, &imap.StoreFlags{
		Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}, Silent: true,
	}, &imap.StoreOptions{})
	err = errors.Join(err, view.Expunge(nil, &set), view.Close())
	for _, uid := range uids {
		delete(b.kept[folder], uid)
	}
	return err
}

// Deliver puts a message into the inbox of one of the tenant's mailboxes, as if
// it had come from outside.
func (t *Tenant) Deliver(address string, message []byte) error {
	b := t.mail.find(address)
	if b == nil {
		return fmt.Errorf("practice: no mailbox %s", address)
	}
	return b.deliver(message)
}

// Inbox returns the messages in the inbox of a mailbox, oldest first; none for
// an address without a mailbox.
func (t *Tenant) Inbox(address string) [][]byte { return t.messages(address, inbox) }

// Sent is Inbox for what EWS and Graph keep in Sent Items.
func (t *Tenant) Sent(address string) [][]byte { return t.messages(address, sentItems) }

func (t *Tenant) messages(address, folder string) [][]byte {
	b := t.mail.find(address)
	if b == nil {
		return nil
	}
	list, err := b.list(folder)
	if err != nil {
		t.log.Error("practice mailbox", "err", err)
	}
	var out [][]byte
	for _, m := range list {
		out = append(out, m.body)
	}
	return out
}
