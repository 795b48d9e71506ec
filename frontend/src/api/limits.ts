// Made from openapi.json by `npm run gen:api`. Do not edit.

/** The most characters (Unicode scalar values) that the server takes, by the name of the text in its OpenAPI document. */
export const LIMITS = {
  AnnouncementBody: 5_000,
  AnnouncementTitle: 200,
  Color: 7,
  EmailAddress: 254,
  LinkToken: 500,
  NewPassword: 128,
  Password: 128,
  PersonName: 100,
  ProjectIcon: 32,
  ProjectName: 100,
  TagName: 50,
  TaskDescription: 20_000,
  TaskTitle: 500,
  TimeZone: 64,
  WebhookUrl: 2_000,
} as const
