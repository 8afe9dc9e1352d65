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

// ReadSeed reads a seed file. Times that are relative to
// "now" are counted from the given time, in whole seconds. Whatever the format
// does not know is an error that says where it is: a field, a time, a value of
// an enumeration, a reference to a version that does not exist, a name that is
// taken or that no HCP resource could have, and anything after the end of the
// document. What HCP would add is filled in, as [Seed] describes.
func ReadSeed(r io.Reader, now time.Time) (Seed, error) {
	seed, err := readSeed(r, now.UTC().Truncate(time.Second))
	if err != nil {
		return Seed{}, fmt.Errorf("reading the seed: %w", err)
	}
	return seed, nil
}

func readSeed(r io.Reader, now time.Time) (Seed, error) {
	var seed Seed
	tree, err := decodeTree(r)
	if err != nil {
		return seed, err
	}
	// The tree is checked before it is decoded because encoding/json tells
	// the name of an unknown field, but not where it is.
	if err := resolveTree("", reflect.TypeFor[Seed](), tree, now); err != nil {
		return seed, err
	}
	data, err := json.Marshal(tree)
	if err != nil {
		return seed, err
	}
	if err := json.Unmarshal(data, &seed); err != nil {
		return seed, err
	}
	if err := errors.Join(seed.check()...); err != nil {
		return seed, err
	}
	if err := errors.Join(seed.checkModels()...); err != nil {
		return seed, err
	}
	seed.complete(now)
	return seed, nil
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

// decodeValue is like Decode, but refuses an object that has a name twice, of
// which Decode would keep the last one without a word.
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
			return nil, fmt.Errorf("%s: is there twice", path)
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

// resolveTree compares a JSON value with the type that it is meant for, and
// replaces relative times in it.
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
			errs = append(errs, fmt.Errorf("%s: no such field; there are %s", path, strings.Join(sortedKeys(fields), ", ")))
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
		return nil, errors.New("a time is a string")
	}
	if offset, relative := strings.CutPrefix(text, "now"); relative {
		if offset == "" {
			return now.Format(time.RFC3339Nano), nil
		}
		d, err := time.ParseDuration(offset)
		if err != nil || (offset[0] != '+' && offset[0] != '-') {
			return nil, fmt.Errorf("%q: want now, now-48h, now+720h or the like", text)
		}
		return now.Add(d).Format(time.RFC3339Nano), nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return nil, fmt.Errorf("%q: want a time in the format of RFC 3339, or now-48h or the like", text)
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
	for i := range t.NumField() {
		f := t.Field(i)
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
		path = "the document"
	}
	return fmt.Errorf("%s: %s where %s is wanted", path, got, describeType(t))
}

func describeType(t reflect.Type) string {
	switch {
	case isTime(t):
		return "a time"
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		return "an object"
	case t.Kind() == reflect.Slice:
		return "an array"
	default:
		return "a " + t.Kind().String()
	}
}
