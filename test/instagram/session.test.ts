import { describe, expect, test } from "bun:test";
import { InvalidInput } from "../../src/instagram/errors.ts";
import { deviceHeaders } from "../../src/instagram/headers.ts";
import { SessionState } from "../../src/instagram/session.ts";

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
