package support

import (
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"gopkg.in/natefinch/lumberjack.v2"

	"postkey/oauth"
)

// Logs are kept small: they are for reading after a failure, not for auditing.
const (
	logMegabytes = 2
	logBackups   = 3
)

// logName is the file of the moment; older ones have a time in their name.
const logName = "postkey.log"

// Log is the log of this process: a rotating file with one line an event. Make
// one with OpenLog and close it at the end.
type Log struct {
	file   *lumberjack.Logger
	logger *slog.Logger
	level  slog.LevelVar
}

// OpenLog opens the log in the folder logs of a data folder. With debug it also
// has the dialogue of the protocols. Everything is searched for what known holds.
// The file is made with the first line.
func OpenLog(dataDir string, known *Known, debug bool) *Log {
	l := &Log{file: &lumberjack.Logger{
		Filename: filepath.Join(LogDir(dataDir), logName), MaxSize: logMegabytes, MaxBackups: logBackups,
	}}
	l.SetDebug(debug)
	l.logger = slog.New(slog.NewTextHandler(&cleaner{to: l.file, known: known}, &slog.HandlerOptions{
		Level: &l.level, ReplaceAttr: withoutNamed,
	}))
	return l
}

// LogDir is the folder of the logs in a data folder.
func LogDir(dataDir string) string { return filepath.Join(dataDir, "logs") }

// Logger is where to log.
func (l *Log) Logger() *slog.Logger { return l.logger }

// SetDebug turns the dialogue of the protocols on or off, at once.
func (l *Log) SetDebug(on bool) {
	if on {
		l.level.Set(slog.LevelDebug)
	} else {
		l.level.Set(slog.LevelInfo)
	}
}

// Debug reports whether it is on.
func (l *Log) Debug() bool { return l.level.Level() <= slog.LevelDebug }

// Dir is the folder of the log.
func (l *Log) Dir() string { return filepath.Dir(l.file.Filename) }

// Close closes the file.
func (l *Log) Close() error { return l.file.Close() }

// cleaner takes secrets out of what is written. The handler writes whole lines.
type cleaner struct {
	to    io.Writer
	known *Known
	mu    sync.Mutex
}

// Write implements io.Writer.
func (c *cleaner) Write(line []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.WriteString(c.to, c.known.Clean(string(line))); err != nil {
		return 0, err
	}
	return len(line), nil
}

// secretNames are names whose value is never written, whatever it is.
var secretNames = []string{
	"authorization", "proxy-authorization", "cookie", "set-cookie", "code", "code_verifier", "client_secret",
	"client_assertion", "assertion", "access_token", "refresh_token", "id_token", "token", "password", "secret",
	"device_code", "sasl",
}

// secretName reports whether the value behind a name is a secret.
func secretName(name string) bool { return slices.Contains(secretNames, strings.ToLower(name)) }

// withoutNamed replaces the values of attributes that are secret by their name.
func withoutNamed(_ []string, a slog.Attr) slog.Attr {
	if secretName(a.Key) {
		return slog.String(a.Key, oauth.Redacted)
	}
	return a
}
