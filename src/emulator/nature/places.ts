/** A place that posts are tagged with. */
export interface Place {
  readonly pk: number;
  readonly facebookPlacesId: number;
  readonly name: string;
  readonly shortName: string;
  readonly address: string;
  readonly city: string;
  readonly lat: number;
  readonly lng: number;
}

type Row = readonly [number, number, string, string, string, string, number, number];

const ROWS: readonly Row[] = [
  [213385402, 111777152182368, "Berlin, Germany", "Berlin", "", "", 52.51, 13.38],
  [6889842, 110774245616525, "Paris, France", "Paris", "", "", 48.8566, 2.3522],
  [212988663, 108424279189115, "New York, New York", "New York", "", "", 40.7142, -74.0064],
  [212949145, 106423786059675, "São Paulo, Brazil", "São Paulo", "", "", -23.5505, -46.6333],
  [
    221860204,
    113334918682117,
    "Café Müller",
    "Café Müller",
    "Torstraße 1",
    "Berlin",
    52.5296,
    13.4011,
  ],
  [
    214424288,
    103764582995547,
    "Eiffel Tower",
    "Tour Eiffel",
    "5 Avenue Anatole France",
    "Paris",
    48.8583,
    2.2945,
  ],
  [213131048, 106078429431815, "London, United Kingdom", "London", "", "", 51.5141, -0.1094],
  [214854742, 104063499628686, "東京 Tokyo, Japan", "Tokyo", "", "", 35.6895, 139.6917],
];

export const PLACES: readonly Place[] = ROWS.map(
  ([pk, facebookPlacesId, name, shortName, address, city, lat, lng]) => ({
    pk,
    facebookPlacesId,
    name,
    shortName,
    address,
    city,
    lat,
    lng,
  }),
);
