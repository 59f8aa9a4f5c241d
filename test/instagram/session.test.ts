import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { deviceHeaders } from "../../src/instagram/headers.ts";
import { SessionState } from "../../src/instagram/session.ts";
import { InvalidInput } from "../../src/problems/problem.ts";

const agent = (locale: string): string =>
  `Instagram 1.2.3 Android (26/8.0.0; 480dpi; 1080x1920; Xiaomi; MI 5s; capricorn; qcom; ${locale}; 314665256)`;

describe("SessionState.setLocale", () => {
  test("takes both spellings and the country with them, and speaks as the app does", () => {
    for (const spelling of ["de_DE", "de-DE", " de-DE "]) {
      const state = new SessionState();
      state.setLocale(spelling);
      expect([state.locale, state.country], spelling).toEqual([spelling.trim(), "DE"]);
      expect(state.userAgent).toContain("; de_DE;");
      expect(deviceHeaders(state).record).toMatchObject({
        "X-IG-App-Locale": "de_DE",
        "X-IG-App-Startup-Country": "DE",
        "Accept-Language": "de-DE, en-US",
      });
    }
  });

  test("replaces the old locale in the user agent, whichever spelling either has", () => {
    for (const locale of ["fr_FR", "fr-FR"])
      for (const named of ["fr_FR", "fr-FR"])
        for (const next of ["pt_BR", "pt-BR", "fr-FR"]) {
          const state = new SessionState({ locale, user_agent: agent(named) });
          state.setLocale(next);
          expect(state.userAgent).toBe(agent(next.replace("-", "_")));
        }
  });

  test("keeps the country where the locale names none", () => {
    const state = new SessionState({ country: "AT", locale: "de-AT" });
    state.setLocale("de");
    expect([state.locale, state.country]).toEqual(["de", "AT"]);
    expect(state.userAgent).toContain("; de;");
  });

  test("refuses what is no locale and changes nothing", () => {
    const state = new SessionState();
    const before = state.toSettings();
    for (const wrong of ["", "german", "de_de", "de__DE", "de-DE-1", "DE", "de;DE"])
      expect(() => state.setLocale(wrong), wrong).toThrow(InvalidInput);
    expect(state.toSettings()).toEqual(before);
  });
});

describe("loading settings", () => {
  test("leaves a locale, its country and its user agent as they were saved", () => {
    for (const locale of ["de-DE", "de_DE"])
      for (const named of ["de-DE", "de_DE"]) {
        const saved = { locale, country: "us", user_agent: agent(named) };
        const state = new SessionState(saved);
        expect(state.toSettings()).toMatchObject(saved);
        expect(state.revision).toBe(0);
      }
    const english = { locale: "en-US", country: "US", user_agent: agent("en_US") };
    expect(new SessionState(english).toSettings()).toMatchObject(english);
  });

  test("makes up what is missing from a locale in either spelling", () => {
    for (const locale of ["de-DE", "de_DE"]) {
      const state = new SessionState({ locale });
      expect([state.locale, state.country]).toEqual([locale, "DE"]);
      expect(state.userAgent).toContain("; de_DE;");
    }
  });
});

describe("what has changed in one copy of a session", () => {
  type Step = (state: SessionState, value: string) => void;
  const steps: Record<string, Step> = {
    mid: (state, value) => state.setMid(value),
    ig_u_rur: (state, value) => state.setIgURur(value),
    ig_www_claim: (state, value) => state.setIgWwwClaim(value),
    cookies: (state, value) => state.setCookie(`c${value.length % 3}`, value),
    locale: (state, value) => state.setLocale(value.length % 2 ? "de_DE" : "pt-BR"),
    timezone_offset: (state, value) => state.setTimezoneOffset(String(value.length * 60)),
  };
  const changes = fc.array(
    fc.tuple(fc.constantFrom(...Object.keys(steps)), fc.stringMatching(/^[a-z]{1,9}$/)),
    { maxLength: 8 },
  );
  // None of these values is one that a step sets: setting the same again is no change.
  const saved = { cookies: { sessionid: "7%3Aab%3A28", c1: "before" }, mid: "M", odd: { id: 7 } };
  const apply = (state: SessionState, made: readonly [string, string][]): void => {
    for (const [name, value] of made) steps[name]?.(state, value);
  };

  test("is made in another as if it had been made there, and only that", () => {
    fc.assert(
      fc.property(changes, changes, (here, there) => {
        const begin = new SessionState(saved);
        const [one, two, both] = [begin.copy(), begin.copy(), begin.copy()];
        apply(one, here);
        apply(two, there);
        two.markSaved(two.snapshot());
        two.mergeUnsaved(one);
        apply(both, there);
        apply(both, here);
        expect(two.toSettings()).toEqual(both.toSettings());
        expect(two.isDirty).toBe(here.length > 0 && one.isDirty && two.isDirty);
      }),
    );
  });

  test("is unsaved until the state in which it was made is", () => {
    fc.assert(
      fc.property(changes, changes, (first, later) => {
        const state = new SessionState(saved);
        apply(state, first);
        const snapshot = state.snapshot();
        const { revision } = state;
        apply(state, later);
        state.markSaved(snapshot);
        expect(state.isDirty).toBe(state.revision !== revision);
      }),
    );
  });

  test("is given up with the login that it belongs to, where another has taken its place", () => {
    const begin = new SessionState(saved);
    const [old, now] = [begin.copy(), begin.copy()];
    old.setCookie("sessionid", "7%3Arenewed%3A28");
    old.setIgWwwClaim("a claim of the old login");
    old.setMid("aMid");
    now.clearLogin();
    now.setCookie("sessionid", "7%3Anew%3A28");
    now.mergeUnsaved(old);
    expect(now.sessionId).toBe("7%3Anew%3A28");
    expect(now.igWwwClaim).toBeNull();
    expect(now.mid).toBe("aMid");
    now.mergeUnsaved(old, "new");
    expect(now.sessionId).toBe("7%3Arenewed%3A28");
  });

  test("cannot make the cookies grow without end", () => {
    const state = new SessionState(saved);
    for (let number = 0; number < 1000; number++) state.setCookie(`cookie${number}`, "x");
    state.setCookie("long", "x".repeat(100_000));
    expect(JSON.stringify(state.toSettings()).length).toBeLessThan(5000);
    expect(state.sessionId).toBe("7%3Aab%3A28");
  });
});
