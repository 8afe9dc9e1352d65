package hcpfake

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// ReadSeed reads a seed file and fills in the defaults described at [Seed]. Times
// relative to "now" are relative to now, truncated to seconds. Unknown fields and
// enumeration values, invalid times and names, duplicates, references to unknown
// versions, and trailing data are errors that name the path of the value.
func ReadSeed(r io.Reader, now time.Time) (Seed, error) {
	seed, err := readSeed(r, now.UTC().Truncate(time.Second))
	if err != nil {
		return Seed{}, fmt.Errorf("reading the seed: %w", err)
	}
	return seed, nil
}

func readSeed(r io.Reader, now time.Time) (Seed, error) {
	seed, err := decodeStrict[Seed](r, now)
	if err != nil {
		return seed, err
	}
	if err := errors.Join(seed.check(true)...); err != nil {
		return seed, err
	}
	seed.complete(now)
	return seed, nil
}

// decodeStrict decodes a JSON document. It accepts times relative to now.
func decodeStrict[T any](r io.Reader, now time.Time) (T, error) {
	var v T
	tree, err := decodeTree(r)
	if err != nil {
		return v, err
	}
	// Check the tree before decoding it, because encoding/json reports the name
	// of an unknown field, but not its path.
	if err := resolveTree("", reflect.TypeFor[T](), tree, now); err != nil {
		return v, err
	}
	data, err := json.Marshal(tree)
	if err != nil {
		return v, err
	}
	err = json.Unmarshal(data, &v)
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		err = fmt.Errorf("%s: got a %s, want %s", mistyped.Field, mistyped.Value, describeType(mistyped.Type))
	}
	return v, err
}

func decodeTree(r io.Reader) (any, error) {
	dec := json.NewDecoder(r)
	dec.UseNumber()
	tree, err := decodeValue(dec, "")
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		if _, end := dec.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("unexpected data after the end of the document")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("at byte %d: %w", dec.InputOffset(), err)
	}
	return tree, nil
}

// decodeValue is like Decode, but rejects duplicate field names, of which Decode
// silently keeps the last.
func decodeValue(dec *json.Decoder, path string) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return decodeObject(dec, path)
	case json.Delim('['):
		list := []any{}
		for dec.More() {
			e, err := decodeValue(dec, fmt.Sprintf("%s[%d]", path, len(list)))
			if err != nil {
				return nil, err
			}
			list = append(list, e)
		}
		_, err := dec.Token()
		return list, err
	}
	return token, nil
}

func decodeObject(dec *json.Decoder, path string) (any, error) {
	object := make(map[string]any)
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		path := joinPath(path, name)
		if _, taken := object[name]; taken {
			return nil, fmt.Errorf("%s: duplicate field", path)
		}
		if object[name], err = decodeValue(dec, path); err != nil {
			return nil, err
		}
	}
	_, err := dec.Token()
	return object, err
}

func joinPath(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// resolveTree checks that a JSON value fits a type, and replaces relative times in
// it.
func resolveTree(path string, t reflect.Type, value any, now time.Time) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := value.(type) {
	case map[string]any:
		return resolveObject(path, t, v, now)
	case []any:
		if t.Kind() != reflect.Slice {
			return typeError(path, t, "an array")
		}
		var errs []error
		for i, e := range v {
			errs = append(errs, resolveTree(fmt.Sprintf("%s[%d]", path, i), t.Elem(), e, now))
		}
		return errors.Join(errs...)
	case nil:
		if path == "" || strings.HasSuffix(path, "]") {
			return typeError(path, t, "null")
		}
	}
	return nil
}

func resolveObject(path string, t reflect.Type, object map[string]any, now time.Time) error {
	switch {
	case t.Kind() == reflect.Map || t.Kind() == reflect.Interface:
		return nil
	case t.Kind() != reflect.Struct || isTime(t):
		return typeError(path, t, "an object")
	}
	fields := jsonFields(t)
	var errs []error
	for _, name := range sortedKeys(object) {
		path := joinPath(path, name)
		field, known := fields[name]
		switch {
		case !known:
			errs = append(errs, fmt.Errorf("%s: unknown field; the fields are %s", path, strings.Join(sortedKeys(fields), ", ")))
		case isTime(field):
			resolved, err := resolveTime(object[name], now)
			if err != nil {
				err = fmt.Errorf("%s: %w", path, err)
			}
			object[name], errs = resolved, append(errs, err)
		default:
			errs = append(errs, resolveTree(path, field, object[name], now))
		}
	}
	return errors.Join(errs...)
}

func resolveTime(value any, now time.Time) (any, error) {
	if value == nil {
		return nil, nil
	}
	text, ok := value.(string)
	if !ok {
		return nil, errors.New("want a time as a string")
	}
	if offset, relative := strings.CutPrefix(text, "now"); relative {
		if offset == "" {
			return now.Format(time.RFC3339Nano), nil
		}
		d, err := time.ParseDuration(offset)
		if err != nil || (offset[0] != '+' && offset[0] != '-') {
			return nil, fmt.Errorf("%q: want a relative time such as now, now-48h or now+720h", text)
		}
		return now.Add(d).Format(time.RFC3339Nano), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, fmt.Errorf("%q: want an RFC 3339 time or a relative one such as now-48h", text)
	}
	return t.UTC().Format(time.RFC3339Nano), nil
}

func isTime(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.ConvertibleTo(reflect.TypeFor[time.Time]())
}

func jsonFields(t reflect.Type) map[string]reflect.Type {
	fields := make(map[string]reflect.Type)
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			fields[name] = f.Type
		}
	}
	return fields
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

func typeError(path string, t reflect.Type, got string) error {
	if path == "" {
		path = "document"
	}
	return fmt.Errorf("%s: got %s, want %s", path, got, describeType(t))
}

func describeType(t reflect.Type) string {
	switch {
	case isTime(t):
		return "a time"
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return "an object"
	case t.Kind() == reflect.Slice:
		return "an array"
	case t.Kind() == reflect.Bool:
		return "a boolean"
	case t.Kind() == reflect.String:
		return "a string"
	default:
		return "a number"
	}
}
