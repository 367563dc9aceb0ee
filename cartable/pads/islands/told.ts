/** What the page of a pad and its preview, a frame without an origin, tell each other. Lines are counted from 0, and may be between two; `at`, from 0 to 1, is where one is seen, from top to foot. */

/** A text, whether its boxes may be ticked, where links to what is beside it go, and which hosts are ours. */
export interface Shown { text: string; writes: boolean; beside: string; hosts: string[] }

/** A block to draw; `options` is what its first line says between braces. */
export interface Said { source: string; language: string; options: string }

/** To the frame: a text to show; where to scroll; a drawing to make; a picture. */
export type ToFrame =
  | Shown
  | { picture: string; blob: Blob }
  | { line: number; at: number; of: number }
  | { draw: Said; id: number };

/** From the frame, which is trusted with nothing: each is asked what it is. */
export type FromFrame =
  | { ready: true }
  | { shown: true }
  | { line: number; at: number }
  | { ticked: number }
  | { key: string }
  | { wanted: string }
  | { id: number; svg: string; width: number; height: number }
  | { id: number; wrong: string };
