/** The keys of Vim, loaded once somebody wants them. What they undo is what the person did, in the text of several. */
import { CodeMirror, getCM, vim } from "@replit/codemirror-vim";
import { type Extension } from "@codemirror/state";
import { type EditorView, ViewPlugin, type ViewUpdate } from "@codemirror/view";
import { yUndoManagerKeymap } from "y-codemirror.next";

const as = (key: string) => ({ cm6 }: { cm6: EditorView }): void => void yUndoManagerKeymap.find((one) => one.key === key)!.run!(cm6);

Object.assign((CodeMirror as unknown as { commands: object }).commands, { undo: as("Mod-z"), redo: as("Mod-y") });

/** `stop` ends a step of what is undone: each command is one, and so is what is typed between two. */
export function keys(stop: () => void): Extension {
  const steps = ViewPlugin.define((view) => {
    const inner = getCM(view)!;
    inner.on("vim-mode-change", stop);
    return { update: ({ docChanged }: ViewUpdate) => void (docChanged && !inner.state.vim?.insertMode && stop()) };
  });
  return [vim({ status: true }), steps];
}
